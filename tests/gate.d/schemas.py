"""CloudFormation's resource schemas, as the installed cfn-lint brings them."""

import json
from functools import cache
from pathlib import Path

import tools


@cache
def _folder():
    """The folder of the schemas, beside the cfn-lint that the gate runs."""
    root = Path(tools.find("cfn-lint")).resolve().parents[1]
    found = sorted(root.glob("lib/python3*/site-packages/cfnlint/data/schemas"))
    if not found:
        raise tools.ToolError(f"the schemas of cfn-lint are not below {root}")
    return found[0]


@cache
def provider(region):
    """The types that CloudFormation knows in a region, each with the name of its schema."""
    path = _folder() / "providers" / f"{region}.json"
    return json.loads(path.read_text()) if path.exists() else None


def regions():
    """Every region that has schemas."""
    return sorted(path.stem for path in (_folder() / "providers").glob("*-*-*.json"))


@cache
def schema(kind, region="us-east-1"):
    """The schema of a type."""
    return json.loads((_folder() / "resources" / f"{provider(region)[kind]}.json").read_text())
