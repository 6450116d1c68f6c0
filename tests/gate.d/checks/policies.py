"""Who may do what: nothing wider than needed, and nobody unnamed."""

import allow
from template import as_list, walk

DOCUMENTS = ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy", "ResourcePolicy")


def run(template):
    for name, body in template.resources.items():
        for path, value in walk(body.get("Properties") or {}):
            if path and path[-1] in DOCUMENTS and isinstance(value, dict):
                for statement in as_list(value.get("Statement")):
                    yield from _statement(template, name, body.get("Type"), path[-1], statement)
    for name, values in template.of_type("AWS::Lambda::Permission"):
        yield from _permission(name, values)
    yield from _roles(template)


def _statement(template, name, type_, document, statement):
    for key in ("NotAction", "NotResource", "NotPrincipal"):
        if key in statement:
            yield "negated-policy", name, f"{key} allows or denies all the rest, known or not"
    if statement.get("Effect") != "Allow":
        return
    allowed = allow.load("wildcard-allow.txt", 3)
    for kind in ("Action", "Resource"):
        for value in as_list(statement.get(kind)):
            text = _text(value)
            if "*" in text and not any(exception.covers(name, kind.lower(), text) for exception in allowed):
                yield f"wildcard-{kind.lower()}", name, f"allows {text}"
    if document == "AssumeRolePolicyDocument":
        yield from _trust(name, statement)
    elif "Principal" in statement:
        yield from _principal(name, statement)


def _text(value):
    if isinstance(value, dict) and len(value) == 1:
        (function, argument), = value.items()
        if function == "Fn::Sub":
            return argument if isinstance(argument, str) else str(argument[0])
        if function == "Fn::Join":
            return str(argument[0]).join(map(_text, argument[1]))
        # What it resolves to was looked at where it was made.
        return ""
    return str(value)


def _trust(name, statement):
    services = as_list((statement.get("Principal") or {}).get("Service")) if isinstance(statement.get("Principal"), dict) else []
    if not services or set(statement["Principal"]) != {"Service"}:
        yield "trust-not-a-service", name, f"the role trusts {statement.get('Principal')}; only AWS services have a reason to use it"


def _principal(name, statement):
    principal = statement["Principal"]
    anyone = principal == "*" or (isinstance(principal, dict) and "*" in as_list(principal.get("AWS")))
    condition = str(statement.get("Condition") or "").lower()
    if anyone and not condition:
        yield "public-policy", name, "allows anyone"
    is_service = isinstance(principal, dict) and principal.get("Service")
    if is_service and "aws:sourcearn" not in condition and "aws:sourceaccount" not in condition:
        yield "service-without-source", name, f"allows {principal['Service']} on behalf of any account"


def _permission(name, values):
    principal = values.get("Principal")
    if principal == "*":
        if values.get("FunctionUrlAuthType") is None and values.get("InvokedViaFunctionUrl") is not True:
            yield "permission-without-source", name, "anyone may invoke the function, not only through its address"
    elif not values.get("SourceArn"):
        yield "permission-without-source", name, f"{principal} may invoke the function on behalf of any resource"


def _roles(template):
    users = {}
    for name, values in template.of_type("AWS::Lambda::Function"):
        users.setdefault(template.target(values.get("Role")), []).append(name)
    for role, functions in users.items():
        if role in template.resources and len(functions) > 1:
            yield "shared-role", role, f"{', '.join(sorted(functions))} share one role, so each may do what any needs"
    for name, values in template.of_type("AWS::IAM::Role"):
        for arn in as_list(values.get("ManagedPolicyArns")):
            yield "managed-policy", name, f"{_text(arn)} grows without us; write the actions down"
