"""The policies that `stellarr policy` writes, judged by parliament and cfn-lint.

    python -m pytest tests/policy
"""

import json
import subprocess
import sys

import parliament
import pytest

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests" / "gate.d"))

import tools  # noqa: E402

LONGEST = 6144

# Rights that have no narrower resource, and those that only list.
ON_ANYTHING = {
    "acm:ListCertificates",
    "acm:RequestCertificate",
    "ce:GetCostAndUsage",
    "ce:ListCostAllocationTags",
    "cloudformation:BatchDescribeTypeConfigurations",
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudfront:CreateOriginAccessControl",
    "cloudfront:ListDistributions",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "iam:SimulatePrincipalPolicy",
    "lambda:GetAccountSettings",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeIndexPolicies",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:PutResourcePolicy",
    "route53:ListHostedZones",
    "s3:ListAllMyBuckets",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "sts:GetCallerIdentity",
}

# These are newer than parliament's list of actions; cfn-lint's has them.
# AWS's list of actions names a resource for DescribeAlarms, but the call with a prefix is judged on all alarms: its page in the
# CloudWatch API reference asks for a permission that is scoped to `*`.
KNOWN = [
    "RESOURCE_STAR ['cloudwatch:DescribeAlarms']",
    "UNKNOWN_ACTION Unknown action billing:GetBillingViewData",
    "UNKNOWN_ACTION Unknown action cloudformation:DescribeEvents",
    "UNKNOWN_ACTION Unknown action lambda:GetFunctionScalingConfig",
    "UNKNOWN_ACTION Unknown action s3:GetBucketAbac",
]


@pytest.mark.parametrize("options", [[], ["--boundary"]], ids=["plain", "boundary"])
def test_parliament_finds_nothing(stellarr, config, options):
    for name, document in stellarr(*config, "--account", "111122223333", *options).items():
        text = json.dumps(document)
        findings = parliament.analyze_policy_string(text).findings
        told = [f"{one.issue} {one.detail}" for one in findings]
        assert [one for one in told if one not in KNOWN] == [], name
        assert len(json.dumps(document, separators=(",", ":"))) <= LONGEST, name


def test_nothing_is_allowed_on_anything_that_could_be_narrower(stellarr, config):
    for document in stellarr(*config, "--account", "111122223333").values():
        for statement in document["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [action for action in actions if "*" in action]
            if statement["Resource"] == "*":
                assert set(actions) <= ON_ANYTHING


@pytest.mark.parametrize("options", [[], ["--boundary"], ["--boundary", "--github", "me/films"]], ids=len)
def test_cfn_lint_finds_nothing(stellarr, config, options, tmp_path):
    template = stellarr(*config, "--format", "cloudformation", *options)
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(template, indent=2))
    lint = subprocess.run([tools.find("cfn-lint"), "--", str(path)], capture_output=True, text=True, check=False)
    assert lint.returncode == 0, lint.stdout + lint.stderr
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            document = json.dumps(resource["Properties"]["PolicyDocument"], separators=(",", ":"))
            assert len(document) <= LONGEST + document.count('{"Fn::Sub":') * len('{"Fn::Sub":}')


def test_the_deploying_role_is_no_function_role(stellarr):
    """Otherwise it could give itself any right."""
    config = ["--config", str(ROOT / "tests" / "golden" / "minimal" / "stellarr.yaml")]
    template = stellarr(*config, "--format", "cloudformation")
    role = template["Resources"]["DeployRole"]["Properties"]["RoleName"]
    assert role.endswith("-deploy")
    for document in stellarr(*config, "--account", "111122223333").values():
        for statement in document["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            looks = {"iam:GetRole", "iam:SimulatePrincipalPolicy"}
            if any(action.startswith("iam:") and action not in looks for action in actions):
                resources = statement["Resource"]
                for resource in resources if isinstance(resources, list) else [resources]:
                    assert "Role-*" in resource, resource
