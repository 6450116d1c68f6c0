"""The gate sees everything: nothing is added after it has looked, and no judge is told to look away."""

import re

from template import walk

# What is in them is not in the template.
ELSEWHERE = {"AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet", "AWS::CloudFormation::Macro"}
# Where a template may tell a tool to be silent; exceptions belong in the lists beside the gate, with a reason.
SILENCERS = ("cfn-lint", "checkov", "cfn_nag")
SILENCING_COMMENT = re.compile(r"\b(checkov|bridgecrew|cfn-lint)\s*:\s*(skip|ignore|disable)", re.IGNORECASE)


def _is_custom(body):
    return str(body.get("Type")).startswith(("Custom::", "AWS::CloudFormation::CustomResource"))


def run(template):
    if "Transform" in template.value:
        yield "not-judged", "", "a transform makes resources that nobody has looked at"
    for name, body in template.value["Resources"].items():
        if not isinstance(body, dict):
            yield "not-judged", name, "it is no resource, but makes some"
        elif body.get("Type") in ELSEWHERE or str(body.get("Type")).endswith("::MODULE"):
            yield "not-judged", name, f"what is in a {body['Type']} is not in the template"
        elif _is_custom(body) and template.target((body.get("Properties") or {}).get("ServiceToken")) not in template.resources:
            yield "not-judged", name, "a function that is not in the template decides what it is"
    for path, value in walk(template.value):
        if isinstance(value, dict) and "Fn::Transform" in value:
            yield "not-judged", str(path[1]), "a transform adds what nobody has looked at"
        if path[-2:-1] == ("Metadata",) and path[-1] in SILENCERS:
            yield "judge-silenced", str(path[1]), f"tells {path[-1]} what to overlook"
    comment = SILENCING_COMMENT.search(template.text)
    if comment:
        yield "judge-silenced", "", f"`{comment[0]}` tells {comment[1]} what to overlook"
