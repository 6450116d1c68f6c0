"""Buckets: private, encrypted, versioned, tidy, and reachable by TLS only."""

from template import as_list

BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def run(template):
    guarded = {template.target(values.get("Bucket")) for _, values in _tls_only(template)}
    for name, values in template.of_type("AWS::S3::Bucket"):
        block = values.get("PublicAccessBlockConfiguration") or {}
        if not all(block.get(key) in (True, "true") for key in BLOCKS):
            yield "bucket-public", name, "does not block public access in all four ways"
        if values.get("AccessControl") not in (None, "Private") or "WebsiteConfiguration" in values:
            yield "bucket-public", name, "is open to the public"
        owners = as_list((values.get("OwnershipControls") or {}).get("Rules"))
        if any(rule.get("ObjectOwnership") != "BucketOwnerEnforced" for rule in owners):
            yield "bucket-with-lists", name, "access control lists may open single objects"
        for rule in as_list((values.get("CorsConfiguration") or {}).get("CorsRules")):
            if "*" in as_list(rule.get("AllowedOrigins")):
                yield "shared-with-any-site", name, "any web site may read it from its visitors' browsers"
        if not values.get("BucketEncryption"):
            yield "bucket-unencrypted", name, "says nothing about encryption"
        if (values.get("VersioningConfiguration") or {}).get("Status") != "Enabled":
            yield "bucket-unversioned", name, "keeps no older versions, so a mistake can't be undone"
        elif not _expires(values):
            yield "bucket-untidy", name, "keeps older versions for ever"
        if name not in guarded:
            yield "bucket-without-tls", name, "no policy denies requests without TLS"


def _expires(values):
    rules = as_list((values.get("LifecycleConfiguration") or {}).get("Rules"))
    return any(rule.get("NoncurrentVersionExpiration") and rule.get("Status") == "Enabled" for rule in rules)


def _tls_only(template):
    for name, values in template.of_type("AWS::S3::BucketPolicy"):
        for statement in as_list((values.get("PolicyDocument") or {}).get("Statement")):
            conditions = {
                (operator, key.lower()): str(value).lower()
                for operator, pairs in (statement.get("Condition") or {}).items()
                for key, value in pairs.items()
            }
            whole = (
                statement.get("Effect") == "Deny"
                and statement.get("Principal") in ("*", {"AWS": "*"})
                and as_list(statement.get("Action")) == ["s3:*"]
                and conditions == {("Bool", "aws:securetransport"): "false"}
                and _covers_everything(template, values, statement)
            )
            if whole:
                yield name, values


def _covers_everything(template, values, statement):
    """The bucket and everything in it."""
    bucket = template.target(values.get("Bucket"))
    resources = as_list(statement.get("Resource"))
    itself = any(resource == {"Fn::GetAtt": [bucket, "Arn"]} for resource in resources)
    return itself and {"Fn::Sub": f"${{{bucket}.Arn}}/*"} in resources
