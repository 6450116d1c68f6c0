"""The templates that are broken on purpose, in `tests/broken`.

Each is a golden template and a patch (RFC 6902) with one mistake:

    # Anyone may say `*`.
    expect: [wildcard-resource ApiRole]     # the findings: the check and the resource, if there is one
    base: minimal/main                      # a golden configuration, and a stack of it
    patch:
      - {op: replace, path: /Resources/ApiRole/Properties/Description, value: !Ref Somewhere}

What is broken as a text, before anything can be patched, is a whole file in `tests/broken/texts`.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jsonpatch
import yaml

import program
import template

FOLDER = program.ROOT / "tests" / "broken"
KEYS = {"expect", "base", "patch"}


@dataclass(frozen=True)
class Broken:
    """A broken template: where it is kept, the file to judge, and what must be found in it."""

    source: Path
    path: Path
    expected: frozenset

    @property
    def checks(self):
        return {finding.split(" ")[0] for finding in self.expected}

    @property
    def needs_tools(self):
        """Whether cfn-lint or checkov must find something; they are slow."""
        return any(":" in check for check in self.checks)


def all_of(folder):
    """Every broken template; those that are patches are written into the folder."""
    patches = [_patched(source, folder) for source in sorted(FOLDER.glob("*.yaml"))]
    return [*patches, *(_text(source) for source in sorted((FOLDER / "texts").iterdir()))]


def _patched(source, folder):
    case = yaml.load(source.read_text(encoding="utf-8"), template.Loader)  # noqa: S506: a SafeLoader
    assert case.keys() == KEYS, f"{source}: {KEYS} are needed"
    path = Path(folder, f"{source.stem}.json")
    try:
        value = jsonpatch.apply_patch(_base(case["base"]), case["patch"])
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        raise AssertionError(f"{source}: the patch does not fit {case['base']}: {error}") from error
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return Broken(source, path, frozenset(case["expect"]))


@cache
def _base(name):
    configuration, stack = name.split("/")
    folder = next(folder for folder in program.golden() if folder.name == configuration)
    value, problem = template.load(folder / f"{stack}.yaml")
    assert problem is None, problem
    return value.value


def _text(source):
    """What a text expects is in its first line, or, in JSON, in its description."""
    lines = source.read_text(encoding="utf-8").splitlines()
    found = re.match(r'  "Description": "expect: ([^"]*?) - ', lines[1]) or re.match("# expect: (.*)", lines[0])
    assert found, f"{source} does not say what to expect"
    return Broken(source, source, frozenset(found[1].split(", ")))
