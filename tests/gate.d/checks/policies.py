"""What policies allow: nothing wider than needed. Who they allow it to is asked in `access`."""

import re

import allow
import intrinsics
import statements
from statements import WILD
from template import as_list

# Policies of these say `*` and mean the thing that they belong to.
OWN_RESOURCE = {"AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::SecretsManager::ResourcePolicy"}
KEYS = {"AWS::KMS::Key", "AWS::KMS::ReplicaKey"}

# Whoever may do these may do the rest too.
ESCALATING = re.compile(
    r"iam:(?!get|list|simulate|generate)|organizations:(?!describe|list)"
    r"|s3:put(bucket|object|objectversion)acl|s3:(put|delete)bucketpolicy|s3:put\w*publicaccessblock|s3:putbucketownershipcontrols"
    r"|lambda:(addpermission|updatefunctioncode|updatefunctionconfiguration|(create|update)functionurlconfig)"
    r"|(sqs|sns):addpermission|sqs:setqueueattributes|kms:(putkeypolicy|creategrant|schedulekeydeletion)"
    r"|(dynamodb|secretsmanager):putresourcepolicy",
    re.IGNORECASE,
)


def run(template):
    allowed = allow.load("wildcard-allow.txt", 3)
    for statement in statements.all_of(template):
        for key in ("NotAction", "NotResource", "NotPrincipal"):
            if key in statement.value:
                yield "negated-policy", statement.name, f"{key} allows or denies all the rest, known or not"
        if statement.allows:
            yield from _allows(statement, allowed)
    for name, values in template.of_type("AWS::Lambda::Permission"):
        if any(WILD.search(text) for text in intrinsics.texts(template, values.get("Action"))):
            yield "wildcard-action", name, f"allows {values['Action']}"
    yield from _roles(template)


def _allows(statement, allowed):
    for kind in ("Action", "Resource"):
        for text in _texts(statement, kind):
            excepted = any(exception.covers(statement.name, kind.lower(), text) for exception in allowed)
            if WILD.search(text) and not excepted and not _is_own(statement, kind, text):
                yield f"wildcard-{kind.lower()}", statement.name, f"allows {text}"
            unknown = _undecided(statement.template, kind, text)
            if unknown:
                yield "policy-by-parameter", statement.name, f"allows whatever {unknown} says"
            if kind == "Action" and statement.type not in KEYS and ESCALATING.match(text):
                yield "escalating-action", statement.name, f"{text} is a way to allow oneself more"


def _texts(statement, kind):
    for value in as_list(statement.value.get(kind)):
        yield from statement.texts(value)


def _is_own(statement, kind, text):
    """The wildcards that every policy of a key has: the key itself, and its own account, which bounds nobody by it."""
    if kind == "Resource":
        return text == "*" and statement.type in OWN_RESOURCE
    principal = statement.value.get("Principal")
    trusted = statement.texts(principal["AWS"]) if isinstance(principal, dict) and set(principal) == {"AWS"} else []
    return text == "kms:*" and statement.type in KEYS and bool(trusted) and all(map(statements.OWN_ACCOUNT.fullmatch, trusted))


def _undecided(template, kind, text):
    """The parameter or reference that could make it a wildcard. A parameter that is called an ARN is believed."""
    if text.startswith("{{resolve:"):
        return text
    if kind == "Action":
        return next(iter(intrinsics.VARIABLE.findall(text)), None)
    names = [name for name in intrinsics.VARIABLE.findall(text) if name in template.parameters]
    if names and text.startswith(f"${{{names[0]}}}") and not names[0].lower().endswith(("arn", "arns")):
        pattern = template.parameters[names[0]].get("AllowedPattern")
        return names[0] if pattern is None or re.fullmatch(pattern, "*") else None
    return None


def _roles(template):
    users = {}
    for name, values in template.of_type("AWS::Lambda::Function"):
        users.setdefault(template.target(values.get("Role")), []).append(name)
    for role, functions in users.items():
        if role in template.resources and len(functions) > 1:
            yield "shared-role", role, f"{', '.join(sorted(functions))} share one role, so each may do what any needs"
    for name, values in template.of_type("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        for arn in as_list(values.get("ManagedPolicyArns")):
            if template.type_of(template.target(arn)) != "AWS::IAM::ManagedPolicy":
                yield "managed-policy", name, f"{' or '.join(intrinsics.texts(template, arn))} grows without us; write the actions down"
    for name, _ in template.of_type("AWS::IAM::AccessKey"):
        yield "long-lived-key", name, "a key that never ends; roles need none"
