"""Whatever is named must be there: parameters, resources, conditions, origins, policies of CloudFront."""

from template import VARIABLE, as_list, walk

PSEUDO = {
    "AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
    "AWS::StackName", "AWS::URLSuffix",
}

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
# CloudFront's managed policies that we know the meaning of. Source: the CloudFront developer guide, "Use managed … policies".
MANAGED = {
    "CachePolicyId": {
        "658327ea-f89d-4fab-a63d-7e88639e58f6",  # Managed-CachingOptimized
        CACHING_DISABLED,
    },
    "OriginRequestPolicyId": {
        "b689b0a8-53d0-40ab-baf2-68738e2966ac",  # Managed-AllViewerExceptHostHeader
    },
    "ResponseHeadersPolicyId": set(),
}
POLICY_TYPE = {
    "CachePolicyId": "AWS::CloudFront::CachePolicy",
    "OriginRequestPolicyId": "AWS::CloudFront::OriginRequestPolicy",
    "ResponseHeadersPolicyId": "AWS::CloudFront::ResponseHeadersPolicy",
}


def run(template):
    for section in ("Resources", "Outputs", "Conditions", "Rules"):
        for name, body in (template.value.get(section) or {}).items():
            for path, value in walk(body):
                yield from _intrinsic(template, section, name, path, value)
    for name, body in template.resources.items():
        for needed in as_list(body.get("DependsOn")):
            if needed not in template.resources:
                yield "depends-unresolved", name, f"DependsOn names {needed}, which is no resource"


def linked(template):
    """The parts of a distribution name each other; asked of each way that the conditions may go."""
    for name, values in template.of_type("AWS::CloudFront::Distribution"):
        yield from _distribution(template, name, values.get("DistributionConfig") or {})


def _intrinsic(template, section, name, path, value):
    known = template.resources.keys() | template.parameters.keys() | PSEUDO
    if isinstance(value, dict) and len(value) == 1:
        (function, argument), = value.items()
        if function == "Ref" and isinstance(argument, str) and argument not in known:
            yield "ref-unresolved", name, f"Ref names {argument}, which is neither resource nor parameter"
        elif function == "Fn::GetAtt" and isinstance(argument, list) and argument:
            if argument[0] not in template.resources:
                yield "getatt-unresolved", name, f"GetAtt names {argument[0]}, which is no resource"
        elif function == "Fn::Sub":
            text, own = (argument, {}) if isinstance(argument, str) else (argument[0], argument[1])
            for variable in VARIABLE.findall(text):
                head = variable.split(".")[0]
                resolved = variable in own or (head in template.resources if "." in variable else head in known)
                if not resolved:
                    yield "sub-unresolved", name, f"Sub names {variable}, which is not there"
        elif function == "Fn::FindInMap" and isinstance(argument, list) and isinstance(argument[0], str):
            if argument[0] not in (template.value.get("Mappings") or {}):
                yield "mapping-unresolved", name, f"FindInMap names {argument[0]}, which is no mapping"
        elif function == "Fn::If" and argument[0] not in template.conditions:
            yield "condition-unresolved", name, f"If names {argument[0]}, which is no condition"
    if path and path[-1] == "Condition" and isinstance(value, str) and _is_condition_key(section, path):
        if value not in template.conditions:
            yield "condition-unresolved", name, f"Condition names {value}, which is no condition"


def _is_condition_key(section, path):
    """`Condition` at the top of a resource or output, or as the function of that name; never a policy's."""
    return len(path) == 1 or section == "Conditions"


def _distribution(template, name, config):
    origins = {origin.get("Id"): origin for origin in as_list(config.get("Origins"))}
    groups = {group.get("Id"): _members(group) for group in as_list((config.get("OriginGroups") or {}).get("Items"))}
    used = {member for members in groups.values() for member in members}
    for group, members in groups.items():
        for member in members:
            if member not in origins:
                yield "origin-unresolved", name, f"the group {group} names the origin {member}, which is not there"
    for behavior in behaviors(config):
        where = behavior.get("PathPattern", "the default behavior")
        origin = behavior.get("TargetOriginId")
        used.add(origin)
        if origin not in origins.keys() | groups.keys():
            yield "origin-unresolved", name, f"{where} goes to the origin {origin}, which is not there"
        for key, type_ in POLICY_TYPE.items():
            policy = behavior.get(key)
            known = policy is None or (isinstance(policy, str) and policy in MANAGED[key])
            if not known and template.type_of(template.target(policy)) != type_:
                yield "policy-unresolved", name, f"{where} uses a {key} that is neither ours nor one we know: {policy}"
        for association in as_list(behavior.get("FunctionAssociations")):
            function = template.target(association.get("FunctionARN"))
            if template.type_of(function) != "AWS::CloudFront::Function":
                yield "viewer-function-unresolved", name, f"{where} runs {function}, which is no CloudFront function"
    for origin in origins.keys() - used:
        yield "origin-unused", name, f"no behavior goes to the origin {origin}"


def _members(group):
    return [member.get("OriginId") for member in as_list((group.get("Members") or {}).get("Items"))]


def behaviors(config):
    """Every behavior of a distribution, the default one first."""
    return [config.get("DefaultCacheBehavior") or {}, *as_list(config.get("CacheBehaviors"))]


