"""Data outlives mistakes: what holds it stays when the stack goes, unless the configuration says otherwise."""

import intrinsics

STATEFUL = {
    "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::SecretsManager::Secret",
    "AWS::KMS::Key", "AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::EFS::FileSystem", "AWS::Cognito::UserPool",
}
# Nothing in them is missed, but leaving the choice to a default is an oversight.
EXPLICIT = {"AWS::Logs::LogGroup", "AWS::SQS::Queue"}


def run(template):
    may_delete = template.metadata.get("RemovalPolicy") == "delete"
    for name, body in template.resources.items():
        deletion, replacement = body.get("DeletionPolicy"), body.get("UpdateReplacePolicy")
        if body.get("Type") in STATEFUL:
            kept = ("Retain", "RetainExceptOnCreate", *(["Delete"] if may_delete else []))
            if deletion not in kept:
                yield "not-retained", name, f"DeletionPolicy is {deletion}: its data would go with the stack"
            if replacement != "Retain":
                yield "not-retained", name, f"UpdateReplacePolicy is {replacement}: its data would go with a replacement"
        elif body.get("Type") in EXPLICIT and not (deletion and replacement):
            yield "policy-not-explicit", name, "says nothing of what happens when it is deleted or replaced"
    for name, values in template.of_type("AWS::DynamoDB::Table"):
        if values.get("DeletionProtectionEnabled") in (None, False, "false"):
            yield "table-unprotected", name, "deletion protection is not even a parameter"
        elif not may_delete and intrinsics.texts(template, values["DeletionProtectionEnabled"]) == ["false"]:
            yield "table-unprotected", name, "deletion protection is never on"
        if values.get("BillingMode") != "PAY_PER_REQUEST":
            yield "table-provisioned", name, "costs money while nobody uses it"
    for name, values in template.of_type("AWS::SQS::Queue"):
        if not values.get("KmsMasterKeyId") and values.get("SqsManagedSseEnabled") not in (True, "true"):
            yield "queue-unencrypted", name, "says nothing about encryption"
