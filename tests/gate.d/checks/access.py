"""Whom policies and permissions let in: nobody unnamed, and services only on behalf of something that is named."""

import re

import intrinsics
import statements
from statements import WILD
from template import as_list

SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|\$\{AWS::URLSuffix\})|[a-z0-9-]+\.\$\{AWS::Region\}\.amazonaws\.com")
ACCOUNT = re.compile(r"(^|:)\d{12}(:|$)")
READING = re.compile(r"s3:(Get\w+|ListBucket)", re.IGNORECASE)
TRUE = (True, "true")


def run(template):
    for statement in statements.all_of(template):
        if statement.allows and statement.is_trust:
            yield from _trust(statement)
        elif statement.allows and "Principal" in statement.value:
            yield from _principal(statement)
    for name, values in template.of_type("AWS::Lambda::Permission"):
        yield from _permission(template, name, values)
    yield from _roles(template)
    for name, values in template.of_type("AWS::Lambda::LayerVersionPermission", "AWS::Events::EventBusPolicy"):
        if not values.get("Condition") and any(WILD.search(text) for text in intrinsics.texts(template, values.get("Principal"))):
            yield "public-policy", name, "allows anyone"


def _trust(statement):
    principal = statement.value.get("Principal")
    services = statement.texts(principal.get("Service")) if isinstance(principal, dict) else []
    if not services or set(principal) != {"Service"} or not all(map(SERVICE.fullmatch, services)):
        yield "trust-not-a-service", statement.name, f"the role trusts {principal}; only AWS services have a reason to use it"


def _roles(template):
    """A function's role is for functions only."""
    users = {template.target(values.get("Role")) for _, values in template.of_type("AWS::Lambda::Function")}
    for statement in statements.all_of(template):
        principal = statement.value.get("Principal")
        if statement.allows and statement.is_trust and statement.name in users and isinstance(principal, dict):
            services = {text.replace("${AWS::URLSuffix}", "amazonaws.com") for text in statement.texts(principal.get("Service"))}
            others = services - {"lambda.amazonaws.com", "edgelambda.amazonaws.com"}
            if others:
                yield "trust-of-others", statement.name, f"{', '.join(sorted(others))} may use the role of a function"


def _principal(statement):
    principal = statement.value["Principal"]
    groups = principal if isinstance(principal, dict) and not intrinsics.is_intrinsic(principal) else {"AWS": principal}
    named = [text for value in groups.values() for text in statement.texts(value)]
    sources = list(statements.sources(statement))
    for key, values in sources:
        for text in values:
            if not statements.is_bounded(statement.template, text):
                yield "wildcard-source", statement.name, f"{key} may be {text}, which is many"
    for text in named:
        if ACCOUNT.search(text):
            yield "foreign-principal", statement.name, f"lets {text} in, an account by its number"
    if "cloudfront.amazonaws.com" in named:
        for action in statement.texts(statement.value.get("Action")):
            if action.lower().startswith("s3:") and not READING.fullmatch(action):
                yield "origin-writable", statement.name, f"{action}: visitors may change what they are served"
    services = statement.texts(groups.get("Service"))
    if any(WILD.search(text) for text in (services if sources else named)):
        yield "public-policy", statement.name, "allows anyone"
    elif not sources and "Service" in groups:
        yield "service-without-source", statement.name, f"allows {', '.join(services)} on behalf of any account"


def _permission(template, name, values):
    principals = intrinsics.texts(template, values.get("Principal"))
    if any(WILD.search(principal) for principal in principals):
        yield from _public(template, name, values)
        return
    if not values.get("SourceArn"):
        yield "permission-without-source", name, f"{', '.join(principals)} may invoke the function on behalf of any resource"
    for text in intrinsics.texts(template, values.get("SourceArn")):
        if not statements.is_bounded(template, text):
            yield "wildcard-source", name, f"SourceArn may be {text}, which is many"
    # The ARN of a bucket names no account: once it is deleted, another may take its name.
    if "s3.amazonaws.com" in principals and not values.get("SourceAccount"):
        yield "permission-without-source", name, "a bucket of any account that bears the name may invoke the function"


def _public(template, name, values):
    by_address = {
        "lambda:InvokeFunctionUrl": values.get("FunctionUrlAuthType") is not None,
        "lambda:InvokeFunction": values.get("InvokedViaFunctionUrl") in TRUE,
    }
    if not all(by_address.get(action) for action in as_list(values.get("Action"))):
        yield "permission-without-source", name, "anyone may invoke the function, not only through its address"
        return
    addressed = {template.function_of(other.get("TargetFunctionArn")) for _, other in template.of_type("AWS::Lambda::Url")}
    if template.function_of(values.get("FunctionName")) not in addressed:
        yield "permission-without-address", name, "anyone may invoke a function that has no address"
