"""The policies that `stellarr policy` writes suffice for what AWS's own schemas of the resource types ask for.

    python -m pytest tests/policy
"""

import copy
import functools
import re
import subprocess

import pytest

import iam
import schema_rights
from conftest import GOLDEN, ROOT
from resource_names import ACCOUNT, UUID, Deployment

TAGS = ROOT / "deployer" / "src" / "stacks" / "apply" / "tags.tsv"
FUNCTION, DASHBOARD = "AWS::CloudFront::Function", "AWS::CloudWatch::Dashboard"


@pytest.fixture(scope="session")
def printed(stellarr):
    """The policy documents of a configuration, as they are pasted into IAM; not to be changed."""

    @functools.cache
    def run(folder):
        return list(stellarr("--config", str(folder / "stellarr.yaml"), "--account", ACCOUNT).values())

    return run


@functools.cache
def deployed(folder):
    return Deployment(folder / "stellarr.yaml", folder)


def bounded(stellarr, folder):
    """The policies of the deploying role and the boundary around them, as CloudFormation fills them in."""
    made = stellarr("--config", str(folder / "stellarr.yaml"), "--format", "cloudformation", "--boundary")["Resources"]
    document = lambda id: _filled(made[id]["Properties"]["PolicyDocument"])  # noqa: E731
    return [document(id) for id in made if id.startswith("DeployPolicy")], document("DeployBoundary")


def _filled(value):
    if isinstance(value, list):
        return [_filled(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Fn::Sub"}:
        return value["Fn::Sub"].replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", ACCOUNT)
    return {key: _filled(item) for key, item in value.items()}


def missing(deployment, documents, boundary=None):
    """What the policies do not allow, of all that the schemas ask for: type, action and ARN."""
    return {
        (resource.kind, action, arn)
        for resource in deployment.resources
        for action in schema_rights.actions(resource.kind, resource.region)
        for arn, context in schema_rights.judged_on(deployment, resource, action)
        if not iam.is_allowed(documents, action, arn, context, boundary)
    }


def unexplained(found):
    listed = schema_rights.not_needed()
    return sorted(one for one in found if not any(entry.covers(one[0], one[1]) for entry in listed))


def of(found, *kinds):
    return sorted(one for one in found if one[0] in kinds)


def without(documents, action, part):
    """The documents without an action on the resources that a part of their ARN names."""
    result = copy.deepcopy(documents)
    for document in result:
        for statement in document["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            if part in str(statement["Resource"]):
                statement["Action"] = [one for one in actions if one != action]
    return result


def test_row_28_29_32_the_printed_policy_allows_all_that_the_schemas_ask_for(printed, folder):
    deployment = deployed(folder)
    assert unexplained(missing(deployment, printed(folder))) == []


def test_row_28_29_32_the_deploying_role_allows_it_inside_its_boundary(stellarr, folder):
    deployment = copy.copy(deployed(folder))
    deployment.boundary = deployment.boundary or f"arn:aws:iam::{ACCOUNT}:policy/{deployment.prefix}-boundary"
    documents, boundary = bounded(stellarr, folder)
    assert unexplained(missing(deployment, documents, boundary)) == []


@pytest.fixture
def longest(program, tmp_path):
    """The fullest configuration, with the longest name and environment that there may be."""
    text = (ROOT / "tests" / "golden" / "full" / "stellarr.yaml").read_text(encoding="utf-8")
    text = text.replace("name: cinema\n", "name: a-name-of-28-characters-long\n", 1)
    (tmp_path / "stellarr.yaml").write_text(text.replace("environment: test\n", "environment: twelve-chars\n", 1), encoding="utf-8")
    config = ["--config", str(tmp_path / "stellarr.yaml")]
    subprocess.run([program, "render", *config, "--out", str(tmp_path)], check=True, capture_output=True)
    assert deployed(tmp_path).prefix == "a-name-of-28-characters-long-twelve-chars"
    return tmp_path


def test_row_32_the_longest_names_are_allowed_too(printed, longest):
    """CloudFormation shortens a stack's name in the names that it makes up."""
    deployment = deployed(longest)
    assert len(deployment.resources) > 40
    assert unexplained(missing(deployment, printed(longest))) == []


def test_row_31_the_longest_names_of_viewer_functions_fit(longest):
    """They hold a part of the stack's id, so that a stack made again has others."""
    names = [arn.rpartition("/")[2] for resource in deployed(longest).of(FUNCTION) for arn in resource.arns]
    allowed = schema_rights.schema(FUNCTION, "us-east-1")["properties"]["Name"]
    assert len(names) == 2
    for name in names:
        assert len(name) <= allowed["maxLength"] and re.fullmatch(allowed["pattern"], name), name
        assert UUID.split("-")[0] in name, name


@pytest.mark.parametrize("kind, part", [(FUNCTION, ":function/"), (DASHBOARD, ":dashboard/")], ids=["row_28", "row_29"])
def test_row_28_29_tags_are_allowed_on_the_resource_itself(printed, folder, kind, part):
    """And a policy that allows them on other resources of the service alone is found out."""
    deployment = deployed(folder)
    documents = printed(folder)
    asked = schema_rights.tag_actions(kind, deployment.region)
    service = "cloudfront" if kind == FUNCTION else "cloudwatch"
    assert asked == {f"{service}:{verb}" for verb in ("TagResource", "UntagResource", "ListTagsForResource")}
    assert of(missing(deployment, documents), kind) == []
    for action in asked:
        arns = [arn for resource in deployment.of(kind) for arn in resource.arns]
        assert arns and all(part in arn for arn in arns)
        found = missing(deployment, without(documents, action, part))
        assert of(found, kind) == sorted((kind, action, arn) for arn in arns)
        assert of(found, kind) == of(unexplained(found), kind)


def test_row_32_a_schema_that_asks_for_more_fails_the_check(printed, monkeypatch):
    deployment = deployed(GOLDEN[0])
    documents = printed(GOLDEN[0])
    assert unexplained(missing(deployment, documents)) == []
    real = schema_rights.schema

    def newer(kind, region):
        found = copy.deepcopy(real(kind, region))
        if kind == "AWS::IAM::Role":
            found["handlers"]["read"]["permissions"].append("iam:GetRoleColor")
        return found

    monkeypatch.setattr(schema_rights, "schema", newer)
    found = unexplained(missing(deployment, documents))
    assert {(kind, action) for kind, action, _ in found} == {("AWS::IAM::Role", "iam:GetRoleColor")}
    assert len(found) == len(deployment.of("AWS::IAM::Role"))


def test_row_32_every_entry_of_the_list_is_needed(printed):
    """One that the policy grants by now, or that no schema asks for any more, has to go."""
    found = set()
    for folder in GOLDEN:
        found |= missing(deployed(folder), printed(folder))
    listed = schema_rights.not_needed()
    idle = [entry for entry in listed if not any(entry.covers(kind, action) for kind, action, _ in found)]
    assert idle == []
    assert len({(entry.kind, entry.action) for entry in listed}) == len(listed), "one is there twice"
    assert all(entry.reason and entry.unless for entry in listed)


def test_row_32_the_templates_set_nothing_that_a_listed_right_is_for():
    for entry in schema_rights.not_needed():
        if entry.unless == "no action":
            assert not schema_rights.is_action(entry.action), entry
        if entry.unless in ("-", "no action"):
            continue
        schema = schema_rights.schema(entry.kind, "us-east-1")
        assert schema_rights.sets(schema, entry.unless), f"{entry.kind} has no property {entry.unless}"
        for folder in GOLDEN:
            for resource in deployed(folder).of(entry.kind):
                assert not schema_rights.sets(resource.properties, entry.unless), (folder.name, resource.id, entry)


def test_row_28_29_32_the_arns_are_those_that_iam_judges_on():
    """Held against AWS's own list of resources and their ARNs; what a type does to another service is listed or judged there."""
    for folder in GOLDEN:
        deployment = deployed(folder)
        for resource in deployment.resources:
            for action in schema_rights.actions(resource.kind, resource.region):
                if any(entry.covers(resource.kind, action) for entry in schema_rights.not_needed()):
                    continue
                arns = [arn for arn, _ in schema_rights.judged_on(deployment, resource, action)]
                assert schema_rights.is_action(action), f"IAM knows no {action}"
                if arns != ["*"] and schema_rights.resource_types(action):
                    assert any(schema_rights.fits(action, arn) for arn in arns), (resource.kind, action, arns)


def test_row_30_the_table_of_tag_actions_is_the_schemas():
    """The policy and the words about a refused tag are made of it."""
    lines = [line.split("\t") for line in TAGS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    table = {kind: set(actions.split()) for kind, actions in lines}
    assert [kind for kind, _ in lines] == sorted(table)
    kinds = {
        resource.kind: resource.region
        for folder in GOLDEN
        for resource in deployed(folder).resources
    }
    listed = schema_rights.not_needed()
    asked = {
        kind: {one for one in schema_rights.tag_actions(kind, region) if not any(entry.covers(kind, one) for entry in listed)}
        for kind, region in kinds.items()
    }
    assert table == {kind: actions for kind, actions in asked.items() if actions}


def test_conditions_and_boundaries_are_evaluated_as_iam_does():
    allow = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/a-*"}
    to_lambda = {**allow, "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {"ArnNotEquals": {"iam:PermissionsBoundary": "arn:b"}}}
    document = lambda *statements: {"Version": "2012-10-17", "Statement": list(statements)}  # noqa: E731
    ask = lambda documents, context=None, boundary=None: iam.is_allowed(  # noqa: E731
        documents, "iam:passrole", "arn:aws:iam::1:role/a-1", context, boundary
    )
    assert ask([document(allow)]) and not ask([document()]) and not ask([document(allow)], boundary=document())
    assert ask([document(allow)], boundary=document({"Effect": "Allow", "NotAction": ["s3:*"], "Resource": "*"}))
    assert not ask([document(allow)], boundary=document({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}))
    assert not ask([document(to_lambda)]) and ask([document(to_lambda)], {"iam:PassedToService": "lambda.amazonaws.com"})
    assert not ask([document(to_lambda)], {"iam:PassedToService": "ec2.amazonaws.com"})
    assert not ask([document(allow, deny)]) and not ask([document(allow), document(deny)])
    assert ask([document(allow, deny)], {"iam:PermissionsBoundary": "arn:b"})
    assert not iam.is_allowed([document(allow)], "iam:PassRole", "arn:aws:iam::1:role/b-1")
    names = {"ForAllValues:StringLike": {"names": ["_*.example.org"]}}
    for value, expected in [(["_a.example.org"], True), (["_a.example.org", "b.example.org"], False), (None, True)]:
        assert ask([document({**allow, "Condition": names})], {"names": value}) == expected
    with pytest.raises(KeyError):
        ask([document({**allow, "Condition": {"NumericEquals": {"a": "1"}}})])
    with pytest.raises(ValueError):
        ask([document({**allow, "NotResource": "*"})])
