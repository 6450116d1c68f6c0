"""Functions: a log that ends some day, code by parameter, variables that are text, retries that end in a queue, an address with both permissions."""

import intrinsics
from template import as_list


def run(template):
    logs = dict(template.of_type("AWS::Logs::LogGroup"))
    for name, values in logs.items():
        if not values.get("RetentionInDays"):
            yield "log-without-retention", name, "would be kept, and paid for, for ever"
    functions = dict(template.of_type("AWS::Lambda::Function"))
    for name, values in functions.items():
        yield from _log(template, logs, name, values)
        yield from _code(template, name, values)
        yield from _environment(template, name, values)
    yield from _targets(template, functions)
    yield from _addresses(template)
    for name, values in template.of_type("AWS::SNS::Subscription"):
        if values.get("Protocol") == "http":
            yield "address-without-tls", name, "messages travel over plain http"


def _log(template, logs, name, values):
    chosen = (values.get("LoggingConfig") or {}).get("LogGroup")
    named = template.target(chosen)
    called = intrinsics.as_text(chosen if chosen is not None else _default_log(values))
    by_name = [log for log, other in logs.items() if called and intrinsics.as_text(other.get("LogGroupName")) == called]
    # A group that takes its name from the function can't come before it.
    after = [log for log, other in logs.items() if other.get("LogGroupName") == {"Fn::Sub": f"/aws/lambda/${{{name}}}"}]
    log = named if named in logs else next(iter(by_name), None)
    if log is None and chosen is None and after:
        return
    if log is None:
        yield "function-without-log", name, "no log group of the template is this function's; Lambda would make one without retention"
    elif log != named and log not in as_list(template.resources[name].get("DependsOn")):
        yield "function-before-log", name, f"does not wait for {log}, so Lambda may create the group first"


def _default_log(values):
    name = intrinsics.as_text(values.get("FunctionName"))
    return None if name is None else intrinsics.from_text(f"/aws/lambda/{name}")


def _environment(template, name, values):
    variables = (values.get("Environment") or {}).get("Variables") or {}
    for key, value in variables.items():
        if value is None or isinstance(value, (bool, float)):
            yield "environment-not-text", name, f"{key} is read as {str(value).lower()}, whatever was written: quote it"
        elif any(text.startswith("http://") for text in intrinsics.texts(template, value)):
            yield "address-without-tls", name, f"{key} is an address without TLS"


def _code(template, name, values):
    key = (values.get("Code") or {}).get("S3Key")
    if template.target(key) not in template.parameters:
        yield "code-in-template", name, "the code's key is part of the template, so a change of code changes the template"


def _targets(template, functions):
    retried = {
        template.function_of(values.get("FunctionName"))
        for _, values in template.of_type("AWS::Lambda::EventInvokeConfig")
        if ((values.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        and values.get("MaximumRetryAttempts") not in (None, 0, "0")
    }
    permitted = {
        (template.function_of(values.get("FunctionName")), template.target(values.get("SourceArn")))
        for _, values in template.of_type("AWS::Lambda::Permission")
    }
    for schedule, values in template.of_type("AWS::Scheduler::Schedule"):
        if not ((values.get("Target") or {}).get("DeadLetterConfig") or {}).get("Arn"):
            yield "target-without-dead-letters", schedule, "what can't be delivered is lost"
    for rule, values in template.of_type("AWS::Events::Rule"):
        for target in as_list(values.get("Targets")):
            function = template.function_of(target.get("Arn"))
            if function not in functions:
                yield "target-unresolved", rule, f"the target {target.get('Id')} is no function of the template"
                continue
            if (function, rule) not in permitted:
                yield "target-without-permission", rule, f"may not invoke {function}"
            if function not in retried:
                yield "target-without-retry", rule, f"{function} has no EventInvokeConfig with retries and a queue for failures"
            if not (target.get("DeadLetterConfig") or {}).get("Arn"):
                yield "target-without-dead-letters", rule, f"what can't be delivered to {function} is lost"


def _is_open(permission):
    return permission.get("Principal") == "*" and permission.get("FunctionUrlAuthType") in (None, "NONE")


def _addresses(template):
    for name, values in template.of_type("AWS::Lambda::Url"):
        if "*" in as_list((values.get("Cors") or {}).get("AllowOrigins")):
            yield "shared-with-any-site", name, "any web site may call it from its visitors' browsers"
        if values.get("AuthType") != "NONE":
            continue
        function = template.function_of(values.get("TargetFunctionArn"))
        granted = set()
        for _, other in template.of_type("AWS::Lambda::Permission"):
            if template.function_of(other.get("FunctionName")) == function and _is_open(other):
                granted.add(other.get("Action"))
        for action in sorted({"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} - granted):
            yield "address-without-permission", name, f"needs {action} too: every call would be refused"
