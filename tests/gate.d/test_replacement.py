"""Nothing that has a fixed name is replaced under that name: CloudFormation makes the new one while the old one is there.

A property that cannot change in place is `createOnly` in the type's schema. Which of those our configuration can change is
found by rendering: every key of stellarr.yaml is given another value, and the templates of before and after are compared.
Values that only a deploy knows are parameters; a reference to one counts as a change.

    python -m pytest tests/gate.d/test_replacement.py
"""

import copy
import json
import re
import sys
from pathlib import Path

import pytest
import yaml

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import program  # noqa: E402
import schemas  # noqa: E402
import template  # noqa: E402

# Everything that there is, so that a change of each key can be seen. Switches, numbers and schedules that are not here are
# added below, as the schema describes them.
EVERYTHING = {
    "name": "home",
    "app_name": "Films",
    "domain": "tv.example.org",
    "dns": {"provider": "route53", "hosted_zone_id": "Z0123456789"},
    "locales": ["en"],
    "waf": {"enabled": True, "rate_limit": 500, "auth_rate_limit": 20},
    "schedules": {
        "trending": "rate(6 hours)",
        "catalogue_daily": "cron(30 4 * * ? *)",
        "catalogue_weekly": "cron(0 5 ? * MON *)",
    },
    "provisioned_concurrency": 1,
    "logs": {"api_days": 30, "job_days": 14},
    "price_class": "all",
    "tags": {"owner": "me"},
    "removal_policy": "retain",
    "alarm_email": "me@example.org",
    "budget": {"monthly_usd": 5, "email": "me@example.org"},
    "permissions_boundary": "home-prod-boundary",
    "push": {"contact": "me@example.org"},
    "catalogue": {"region": "DE", "language": "de-DE"},
}

# Another value for each key; None takes the key away.
OTHERWISE = {
    "app_name": ["Movies"],
    "domain": ["films.example.org", None],
    "dns.provider": ["external"],
    "dns.hosted_zone_id": ["Z9876543210"],
    "locales": [["en", "de"]],
    "waf.enabled": [False],
    "waf.rate_limit": [600],
    "waf.auth_rate_limit": [30],
    "schedules.trending": ["rate(12 hours)"],
    "schedules.catalogue_daily": ["rate(1 day)"],
    "schedules.catalogue_weekly": ["rate(7 days)"],
    "provisioned_concurrency": [2, 0],
    "logs.api_days": [60],
    "logs.job_days": [30],
    "price_class": [100],
    "tags": [{"owner": "you"}],
    "removal_policy": ["delete"],
    "alarm_email": ["you@example.org", None],
    "budget.monthly_usd": [6],
    "budget.email": ["you@example.org", None],
    "permissions_boundary": ["other-boundary", None],
    "push.contact": ["you@example.org"],
    "catalogue.region": ["US"],
    "catalogue.language": ["en-US"],
}

# Another value of these is another deployment, with stacks of its own.
OF_ANOTHER_DEPLOYMENT = {"name", "environment", "region"}

# Types whose name is not an identity: an account may hold several certificates of one domain.
WITHOUT_IDENTITY = {"AWS::CertificateManager::Certificate"}


def sections_of_the_schema():
    """The keys of each section that a user can set, with their rules; a key that is not a section has none."""
    schema = json.loads((program.ROOT / "stellarr.schema.json").read_text())
    for name, value in schema["properties"].items():
        reference = re.search(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(value))
        yield name, schema["$defs"].get(reference[1], {}).get("properties", {}) if reference else {}


def keys_of_the_schema():
    """Every key that a user can set, as `section.key`."""
    return {f"{name}.{key}" if key else name for name, section in sections_of_the_schema() for key in section or [""]}


def two_values(rule):
    """Two values of a switch, a number or a schedule; None when only a person can make them up."""
    if rule.get("type") == "boolean":
        return True, False
    if rule.get("type") == "integer" and "enum" not in rule:
        return rule["default"], rule["default"] + (1 if rule["default"] < rule["maximum"] else -1)
    return ("rate(6 hours)", "rate(12 hours)") if rule.get("$ref") == "#/$defs/Schedule" else None


for name, section in sections_of_the_schema():
    for key, rule in section.items():
        if f"{name}.{key}" not in OTHERWISE and (values := two_values(rule)):
            EVERYTHING.setdefault(name, {})[key] = values[0]
            OTHERWISE[f"{name}.{key}"] = [values[1]]


def at(value, path):
    """What a schema's path means in a resource's properties; None when it is not set."""
    for part in path.removeprefix("/properties/").split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def identity(resource):
    """The name that a template gives a resource, by path; empty when AWS makes one up."""
    if resource["Type"] in WITHOUT_IDENTITY:
        return {}
    schema = schemas.schema(resource["Type"])
    made_up = set(schema.get("readOnlyProperties", []))
    paths = [path for path in schema["primaryIdentifier"] if path not in made_up]
    paths += [path for path in schema.get("createOnlyProperties", []) if path.endswith("Name")]
    # Unique in the account, and not marked in the schemas of CloudFront's policies.
    paths += [f"/properties/{name}/Name" for name in resource.get("Properties", {}) if name.endswith("Config")]
    values = {path: at(resource.get("Properties", {}), path) for path in paths}
    is_text = lambda value: isinstance(value, str) or (isinstance(value, dict) and "Fn::Sub" in value)  # noqa: E731
    if not any(is_text(value) and path.endswith("Name") for path, value in values.items()):
        return {}
    return {path: value for path, value in values.items() if value is not None}


def replaced(before, after):
    """The properties by which a resource is replaced."""
    paths = schemas.schema(after["Type"]).get("createOnlyProperties", [])
    old, new = before.get("Properties", {}), after.get("Properties", {})
    return [path for path in paths if at(old, path) != at(new, path)]


def collisions(before, after):
    """Resources that meet themselves when a stack goes from one template to another."""
    found = []
    for logical_id, new in after["Resources"].items():
        old = before["Resources"].get(logical_id)
        if old and old["Type"] == new["Type"]:
            paths = replaced(old, new)
            if paths and identity(new) and identity(old) == identity(new):
                found.append(f"{logical_id} ({new['Type']}) is replaced by {', '.join(paths)} and keeps its name")
    return found


def parameters_within(value, parameters):
    """Parameters that a value refers to."""
    if isinstance(value, dict):
        if set(value) == {"Ref"} and value["Ref"] in parameters:
            yield value["Ref"]
        for key, inner in value.items():
            if key == "Fn::Sub":
                text = inner if isinstance(inner, str) else inner[0]
                yield from (name for name in re.findall(r"\$\{([^}!.]+)\}", text) if name in parameters)
            yield from parameters_within(inner, parameters)
    elif isinstance(value, list):
        for inner in value:
            yield from parameters_within(inner, parameters)


def read(path):
    value, problem = template.load(path)
    assert not problem, problem
    return value.value


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """Renders a configuration, each only once."""
    root = tmp_path_factory.mktemp("configurations")
    known = {}

    def of(config):
        text = yaml.safe_dump(config, allow_unicode=True)
        if text not in known:
            folder = root / str(len(known))
            folder.mkdir()
            (folder / "stellarr.txt").write_text(text)
            rendered = program.render(folder / "stellarr.txt", folder)
            known[text] = {stack: read(path) for stack, path in rendered.items()}
        return known[text]

    return of


def otherwise(key, value):
    """The whole configuration with another value at one key."""
    config = copy.deepcopy(EVERYTHING)
    *sections, last = key.split(".")
    place = config
    for section in sections:
        place = place[section]
    if value is None:
        del place[last]
    else:
        place[last] = value
    if key == "domain" and value is None:
        del config["dns"]
    if value == "external":
        del config["dns"]["hosted_zone_id"]
    if key == "waf.enabled":
        config["waf"] = {"enabled": False}
    return config


def test_every_key_is_tried():
    # `dns` is a section or a word, which the schema does not show as keys.
    tried = {key.split(".")[0] if key.startswith("dns.") else key for key in OTHERWISE}
    assert tried | OF_ANOTHER_DEPLOYMENT == keys_of_the_schema()


@pytest.mark.parametrize(
    ("key", "value"),
    [(key, value) for key, values in OTHERWISE.items() for value in values],
    ids=lambda part: str(part),
)
def test_row_39_no_key_replaces_a_resource_under_its_name(templates, key, value):
    one, other = templates(EVERYTHING), templates(otherwise(key, value))
    for before, after in ((one, other), (other, one)):
        for stack in before.keys() & after.keys():
            assert collisions(before[stack], after[stack]) == []


def test_row_39_no_parameter_replaces_a_resource_under_its_name(templates):
    found = set()
    for value in templates(EVERYTHING).values():
        for logical_id, resource in value["Resources"].items():
            name = identity(resource)
            fixed = [path for path in schemas.schema(resource["Type"]).get("createOnlyProperties", []) if path not in name]
            for path in fixed if name else []:
                uses = parameters_within(at(resource.get("Properties", {}), path), value.get("Parameters", {}))
                found.update(f"{logical_id} {path} {parameter}" for parameter in uses)
    assert found == set()


def test_row_39_a_budget_with_a_name_of_its_own_would_be_found():
    budget = lambda name, email: {  # noqa: E731
        "Resources": {
            "Budget": {
                "Type": "AWS::Budgets::Budget",
                "Properties": {
                    "Budget": {"BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY"},
                    "NotificationsWithSubscribers": [{"Subscribers": [{"Address": email}]}],
                },
            }
        }
    }
    told = collisions(budget("home", "me@example.org"), budget("home", "you@example.org"))
    assert told == [
        "Budget (AWS::Budgets::Budget) is replaced by /properties/NotificationsWithSubscribers and keeps its name"
    ]
    assert collisions(budget("home-1", "me@example.org"), budget("home-2", "you@example.org")) == []
    # Here AWS makes the name up.
    assert collisions(budget(None, "me@example.org"), budget(None, "you@example.org")) == []
