"""Functions: a log that ends some day, code by parameter, variables that are text, retries that end in a queue, an address with both permissions."""

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
        yield from _variables(name, values)
    yield from _targets(template, functions)
    yield from _addresses(template)


def _log(template, logs, name, values):
    own = f"/aws/lambda/{values.get('FunctionName')}"
    named = template.target((values.get("LoggingConfig") or {}).get("LogGroup"))
    by_name = [log for log, other in logs.items() if other.get("LogGroupName") == own]
    log = named if named in logs else next(iter(by_name), None)
    if log is None:
        yield "function-without-log", name, "no log group of the template is this function's; Lambda would make one without retention"
    elif log != named and log not in as_list(template.resources[name].get("DependsOn")):
        yield "function-before-log", name, f"does not wait for {log}, so Lambda may create the group first"


def _code(template, name, values):
    key = (values.get("Code") or {}).get("S3Key")
    if template.target(key) not in template.parameters:
        yield "code-in-template", name, "the code's key is part of the template, so a change of code changes the template"


def _variables(name, values):
    """YAML 1.1, which CloudFormation reads, takes a bare `no` for false and `1_0` for ten: a variable is text, so it is quoted."""
    for variable, value in ((values.get("Environment") or {}).get("Variables") or {}).items():
        if value is None or isinstance(value, (bool, int, float)):
            yield "variable-unquoted", name, f"{variable} would be {value!r}; write it in quotes"


def _targets(template, functions):
    retried = {
        template.target(values.get("FunctionName"))
        for _, values in template.of_type("AWS::Lambda::EventInvokeConfig")
        if ((values.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        and values.get("MaximumRetryAttempts") is not None
    }
    permitted = {
        (template.target(values.get("FunctionName")), template.target(values.get("SourceArn")))
        for _, values in template.of_type("AWS::Lambda::Permission")
    }
    for rule, values in template.of_type("AWS::Events::Rule"):
        for target in as_list(values.get("Targets")):
            function = template.target(target.get("Arn"))
            if function not in functions:
                yield "target-unresolved", rule, f"the target {target.get('Id')} is no function of the template"
                continue
            if (function, rule) not in permitted:
                yield "target-without-permission", rule, f"may not invoke {function}"
            if function not in retried:
                yield "target-without-retry", rule, f"{function} has no EventInvokeConfig with retries and a queue for failures"
            if not (target.get("DeadLetterConfig") or {}).get("Arn"):
                yield "target-without-dead-letters", rule, f"what can't be delivered to {function} is lost"


def _addresses(template):
    for name, values in template.of_type("AWS::Lambda::Url"):
        if values.get("AuthType") != "NONE":
            continue
        function = template.target(values.get("TargetFunctionArn"))
        names = {function} | {
            alias for alias, other in template.of_type("AWS::Lambda::Alias") if template.target(other.get("FunctionName")) == function
        }
        granted = set()
        for _, other in template.of_type("AWS::Lambda::Permission"):
            if template.target(other.get("FunctionName")) in names and other.get("Principal") == "*":
                granted.add(other.get("Action"))
        for action in sorted({"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"} - granted):
            yield "address-without-permission", name, f"needs {action} too: every call would be refused"
