"""The ARNs of a deployment's resources, as the templates name them."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "gate.d"))

import template  # noqa: E402

ACCOUNT = "111122223333"
EDGE_REGION = "us-east-1"
# As AWS makes them up.
SUFFIX = "1A2B3C4D5E6F"
DISTRIBUTION = "E2QWRUHAPOMQZL"
UUID = "0f5b1c60-9c1e-11f0-8a3d-02b4c1a7e9d3"
# AWS writes and reads these beside a secret's and a log group's name.
SECRET_SUFFIX = "-AbCdEf"

_REGIONAL = "{region}:{account}"
# By type: the property that names it, and its ARNs. Without a property, CloudFormation or the service makes the name up.
# Source: "Actions, resources, and condition keys for AWS services" in the service authorization reference.
_ARNS = {
    "AWS::Budgets::Budget": ("Budget.BudgetName", ["arn:aws:budgets::{account}:budget/{name}"]),
    "AWS::CertificateManager::Certificate": (None, [f"arn:aws:acm:{_REGIONAL}:certificate/{UUID}"]),
    "AWS::CloudFront::CachePolicy": (None, [f"arn:aws:cloudfront::{{account}}:cache-policy/{UUID}"]),
    "AWS::CloudFront::Distribution": (None, [f"arn:aws:cloudfront::{{account}}:distribution/{DISTRIBUTION}"]),
    "AWS::CloudFront::Function": ("Name", ["arn:aws:cloudfront::{account}:function/{name}"]),
    "AWS::CloudFront::OriginAccessControl": (None, [f"arn:aws:cloudfront::{{account}}:origin-access-control/{DISTRIBUTION}"]),
    "AWS::CloudFront::ResponseHeadersPolicy": (None, [f"arn:aws:cloudfront::{{account}}:response-headers-policy/{UUID}"]),
    "AWS::CloudWatch::Alarm": ("AlarmName", [f"arn:aws:cloudwatch:{_REGIONAL}:alarm:{{name}}"]),
    "AWS::CloudWatch::Dashboard": ("DashboardName", ["arn:aws:cloudwatch::{account}:dashboard/{name}"]),
    "AWS::DynamoDB::Table": ("TableName", [f"arn:aws:dynamodb:{_REGIONAL}:table/{{name}}"]),
    "AWS::Events::Rule": ("Name", [f"arn:aws:events:{_REGIONAL}:rule/{{name}}"]),
    "AWS::IAM::Role": ("RoleName", ["arn:aws:iam::{account}:role/{name}"]),
    "AWS::Lambda::Alias": ("FunctionName", [f"arn:aws:lambda:{_REGIONAL}:function:{{name}}"]),
    "AWS::Lambda::EventInvokeConfig": ("FunctionName", [f"arn:aws:lambda:{_REGIONAL}:function:{{name}}"]),
    "AWS::Lambda::Function": ("FunctionName", [f"arn:aws:lambda:{_REGIONAL}:function:{{name}}"]),
    "AWS::Lambda::Permission": ("FunctionName", [f"arn:aws:lambda:{_REGIONAL}:function:{{name}}"]),
    "AWS::Lambda::Url": ("TargetFunctionArn", [f"arn:aws:lambda:{_REGIONAL}:function:{{name}}"]),
    "AWS::Lambda::Version": ("FunctionName", [f"arn:aws:lambda:{_REGIONAL}:function:{{name}}"]),
    "AWS::Logs::LogGroup": (
        "LogGroupName",
        [f"arn:aws:logs:{_REGIONAL}:log-group:{{name}}", f"arn:aws:logs:{_REGIONAL}:log-group:{{name}}:*"],
    ),
    "AWS::Route53::RecordSet": (None, ["arn:aws:route53:::hostedzone/{zone}"]),
    "AWS::S3::Bucket": ("BucketName", ["arn:aws:s3:::{name}"]),
    "AWS::S3::BucketPolicy": ("Bucket", ["arn:aws:s3:::{name}"]),
    "AWS::SNS::Subscription": ("TopicArn", [f"arn:aws:sns:{_REGIONAL}:{{name}}"]),
    "AWS::SNS::Topic": ("TopicName", [f"arn:aws:sns:{_REGIONAL}:{{name}}"]),
    "AWS::SQS::Queue": ("QueueName", [f"arn:aws:sqs:{_REGIONAL}:{{name}}"]),
    "AWS::SQS::QueuePolicy": ("Queues", [f"arn:aws:sqs:{_REGIONAL}:{{name}}"]),
    "AWS::SecretsManager::Secret": (
        "Name",
        # IAM judges one that is not there yet by its name alone.
        [f"arn:aws:secretsmanager:{_REGIONAL}:secret:{{name}}", f"arn:aws:secretsmanager:{_REGIONAL}:secret:{{name}}{SECRET_SUFFIX}"],
    ),
    "AWS::WAFv2::LoggingConfiguration": ("ResourceArn", [f"arn:aws:wafv2:{_REGIONAL}:global/webacl/{{name}}/{UUID}"]),
    "AWS::WAFv2::WebACL": ("Name", [f"arn:aws:wafv2:{_REGIONAL}:global/webacl/{{name}}/{UUID}"]),
}


@dataclass(frozen=True)
class Resource:
    """One resource of a stack."""

    kind: str
    id: str
    region: str
    properties: dict
    arns: tuple


class Deployment:
    """The resources that a folder of rendered templates makes, by the configuration that they were rendered from."""

    def __init__(self, configuration, templates):
        self.configuration = configuration
        keys = yaml.safe_load(Path(configuration).read_text(encoding="utf-8"))
        known = json.loads((ROOT / "stellarr.schema.json").read_text(encoding="utf-8"))["properties"]
        self.prefix = f"{keys['name']}-{keys.get('environment', known['environment']['default'])}"
        self.region = keys.get("region", known["region"]["default"])
        self.domain = keys.get("domain")
        dns = keys.get("dns")
        self.zone = (dns.get("hosted_zone_id") if isinstance(dns, dict) else None) or "Z0000000000000000000A"
        name = keys.get("permissions_boundary")
        # What the functions' roles carry.
        self.boundary = name and f"arn:aws:iam::{ACCOUNT}:policy/{name}"
        self.resources = []
        for path in sorted(Path(templates).glob("*.yaml")):
            if path.name != "stellarr.yaml":
                self.resources.extend(_Stack(self, path).resources())

    def of(self, kind):
        return [resource for resource in self.resources if resource.kind == kind]


class _Stack:
    def __init__(self, deployment, path):
        parsed, problem = template.load(path)
        assert parsed is not None, f"{path}: {problem}"
        self.deployment = deployment
        self.parsed = parsed
        self.kind = path.stem
        self.name = deployment.prefix if self.kind == "main" else f"{deployment.prefix}-{self.kind}"
        self.region = EDGE_REGION if self.kind == "edge" else deployment.region

    def resources(self):
        for id, body in self.parsed.resources.items():
            kind, properties = body["Type"], body.get("Properties") or {}
            _, patterns = _ARNS[kind]
            place = {"region": self.region, "account": ACCOUNT, "zone": self.deployment.zone, "name": self.name_of(id)}
            yield Resource(kind, id, self.region, properties, tuple(pattern.format(**place) for pattern in patterns))

    def name_of(self, id):
        """What a resource is called on AWS."""
        kind, properties = self.parsed.resources[id]["Type"], self.parsed.resources[id].get("Properties") or {}
        path, _ = _ARNS[kind]
        value = properties
        for key in (path or "").split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, list):
            (value,) = value
        if value is not None:
            return self.text(value)
        # CloudFormation keeps 24 characters of the stack's name and of the logical id where both don't fit.
        made = f"{self.name[:24]}-{id[:24]}-{SUFFIX}"
        return made.lower() if kind == "AWS::S3::Bucket" else made

    def text(self, value):
        """The text that a value becomes; for an ARN, the name of its resource."""
        if not isinstance(value, dict):
            return str(value)
        ((function, argument),) = value.items()
        if function == "Ref":
            pseudo = {
                "AWS::Region": self.region,
                "AWS::AccountId": ACCOUNT,
                "AWS::Partition": "aws",
                "AWS::StackName": self.name,
                "AWS::StackId": f"arn:aws:cloudformation:{self.region}:{ACCOUNT}:stack/{self.name}/{UUID}",
            }
            return pseudo[argument] if argument in pseudo else self.name_of(argument)
        if function == "Fn::GetAtt":
            return self.name_of(argument[0])
        if function == "Fn::Sub":
            text, own = argument if isinstance(argument, list) else (argument, {})
            known = {name: self.text(item) for name, item in own.items()}
            put = lambda match: known.get(match[1]) or self.text({"Ref": match[1]})  # noqa: E731
            return template.VARIABLE.sub(put, text)
        if function == "Fn::Select":
            index, items = argument
            return self.items(items)[int(index)]
        raise ValueError(f"a name is made by {function}, which is not evaluated here")

    def items(self, value):
        if isinstance(value, list):
            return [self.text(item) for item in value]
        ((function, (mark, text)),) = value.items()
        assert function == "Fn::Split", function
        return self.text(text).split(mark)
