"""The rights that the resource types' own schemas ask for, as AWS publishes them and cfn-lint's pinned release packs them.

A type's `handlers` name the IAM actions that CloudFormation calls with the rights of its caller, and `tagging` those that it
needs for tags. `list` is left out: neither a deploy nor drift nor an import lists, they read each resource by its identifier.
"""

import csv
import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

import cfnlint

from resource_names import ACCOUNT, EDGE_REGION, SUFFIX, UUID

_SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas"
NOT_NEEDED = Path(__file__).with_name("not-needed.tsv")
HANDLERS = ("create", "read", "update", "delete")


@functools.cache
def _index(region):
    return json.loads((_SCHEMAS / "providers" / f"{region}.json").read_text(encoding="utf-8"))


@functools.cache
def schema(kind, region):
    """The schema of a type in a region; of one that the region lacks, that of us-east-1."""
    name = _index(region).get(kind) or _index(EDGE_REGION)[kind]
    return json.loads((_SCHEMAS / "resources" / f"{name}.json").read_text(encoding="utf-8"))


def actions(kind, region):
    """Every action that making, reading, changing, tagging and deleting a resource of a type may call."""
    found = schema(kind, region)
    handlers = found["handlers"]
    called = {action for name in HANDLERS for action in handlers.get(name, {}).get("permissions", [])}
    return called | tag_actions(kind, region)


def tag_actions(kind, region):
    """The actions that tags of a type need, listing among them; none for a type without tags."""
    tagging = schema(kind, region).get("tagging", {})
    return set(tagging.get("permissions", [])) if tagging.get("taggable") else set()


@functools.cache
def _reference():
    """AWS's service authorization reference, by service: its actions, and the ARNs of its resources."""
    path = Path(cfnlint.__file__).parent / "data" / "AdditionalSpecs" / "Policies.json"
    return json.loads(path.read_text(encoding="utf-8"))


def is_action(action):
    """Whether IAM knows the action."""
    service, name = action.split(":")
    return name.lower() in _reference().get(service, {}).get("Actions", {})


def resource_types(action):
    """The types of resource that IAM judges an action on; none where it is judged on `*` alone."""
    service, name = action.split(":")
    return set(_reference()[service]["Actions"][name.lower()].get("Resources", []))


@functools.cache
def _arn_format(service, kind):
    formats = _reference()[service]["Resources"][kind.lower()]["ARNFormats"]
    plain = [re.sub(r"\\?\$\{(\w+)\}", lambda match: "aws" if match[1] == "Partition" else "[^:/]*", one) for one in formats]
    return re.compile("|".join(plain))


def fits(action, arn):
    """Whether an ARN is one of those that IAM may judge an action on."""
    service = action.split(":")[0]
    return any(_arn_format(service, kind).fullmatch(arn) for kind in resource_types(action))


# They name a resource in AWS's own list, and a call that asks with a prefix is judged on all of them.
_LISTS = {"cloudwatch:DescribeAlarms", "logs:DescribeLogGroups"}


def judged_on(deployment, resource, action):
    """The ARNs that IAM judges a call for a resource on, each with what its conditions are held against."""
    service = action.split(":")[0]
    if action == "iam:PassRole" and resource.kind == "AWS::Lambda::Function":
        role = resource.properties["Role"]["Fn::GetAtt"][0]
        (passed,) = [one for one in deployment.of("AWS::IAM::Role") if one.id == role]
        return [(arn, {"iam:PassedToService": "lambda.amazonaws.com"}) for arn in passed.arns]
    if action == "iam:CreateServiceLinkedRole" and resource.kind.startswith("AWS::WAFv2::"):
        service_role = "aws-service-role/wafv2.amazonaws.com/AWSServiceRoleForWAFV2Logging"
        return [(f"arn:aws:iam::{ACCOUNT}:role/{service_role}", {"iam:AWSServiceName": "wafv2.amazonaws.com"})]
    if service == "iam" and resource.kind == "AWS::IAM::Role":
        return [(arn, {"iam:PermissionsBoundary": deployment.boundary}) for arn in resource.arns]
    if service == "s3" and resource.kind == "AWS::Lambda::Function":
        (bucket,) = [arn for one in deployment.of("AWS::S3::Bucket") if one.id == "ArtifactBucket" for arn in one.arns]
        return [(f"{bucket}/functions/api/{SUFFIX}.zip", {})]
    if action == "route53:GetChange":
        return [(f"arn:aws:route53:::change/{SUFFIX}", {})]
    if action == "route53:ChangeResourceRecordSets":
        record = f"_{SUFFIX.lower()}.{deployment.domain}" if "Certificate" in resource.kind else deployment.domain
        zone = f"arn:aws:route53:::hostedzone/{deployment.zone}"
        return [(zone, {"route53:ChangeResourceRecordSetsNormalizedRecordNames": [record]})]
    if action in ("wafv2:CreateWebACL", "wafv2:UpdateWebACL"):
        rules = f"arn:aws:wafv2:{resource.region}:{ACCOUNT}:global/managedruleset/AWSManagedRulesCommonRuleSet/{UUID}"
        return [(arn, {}) for arn in (*resource.arns, rules)]
    if service == "billing":
        return [(f"arn:aws:billing::{ACCOUNT}:billingview/primary", {})]
    if not is_action(action):
        return [(arn, {}) for arn in resource.arns]
    types = resource_types(action)
    if service == "cloudfront" and resource.kind.startswith("AWS::CloudFront::") and not types:
        # AWS's list names no resource for what makes something, and its denials name all of the type: `distribution/*`.
        return [(arn, {}) for one in resource.arns for arn in (one, f"{one.rpartition('/')[0]}/*")]
    if action in _LISTS or not types:
        return [("*", {})]
    if "object" in types:
        return [(f"{arn}/key", {}) for arn in resource.arns]
    return [(arn, {}) for arn in resource.arns]


@dataclass(frozen=True)
class NotNeeded:
    """A right that a schema names and the templates never use."""

    kind: str
    action: str
    # The property that would need it, if one decides; `no action` where IAM knows none of that name.
    unless: str
    reason: str

    def covers(self, kind, action):
        """A whole service is named by `service:*`."""
        same = action == self.action or (self.action.endswith(":*") and action.startswith(self.action[:-1]))
        return kind == self.kind and same


def not_needed():
    """The committed list."""
    with NOT_NEEDED.open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return [NotNeeded(**row) for row in csv.DictReader(lines, fieldnames=["kind", "action", "unless", "reason"], delimiter="\t")]


def sets(value, key):
    """Whether an object has a key anywhere."""
    if isinstance(value, dict):
        return key in value or any(sets(item, key) for item in value.values())
    return isinstance(value, list) and any(sets(item, key) for item in value)
