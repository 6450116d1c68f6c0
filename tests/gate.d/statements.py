"""The statements of policies, wherever a template has them: roles, buckets, queues, topics, keys, and texts in JSON."""

import json
import re
from dataclasses import dataclass

import intrinsics
from template import properties, walk

# What makes an object a statement, besides its Effect.
PARTS = {"Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal"}
WILD = re.compile(r"[*?]")


@dataclass(frozen=True)
class Statement:
    """One statement, the resource it belongs to, and the keys that lead to it."""

    template: object
    name: str
    type: str
    path: tuple
    value: dict

    @property
    def allows(self):
        """Whether it may allow anything."""
        return self.value.get("Effect") != "Deny"

    @property
    def is_trust(self):
        """Whether it says who may use a role."""
        return "AssumeRolePolicyDocument" in self.path

    def texts(self, value):
        return intrinsics.texts(self.template, value)


def all_of(template):
    """Every statement of every resource."""
    for name, body in template.resources.items():
        for path, value in _objects(template, properties(body)):
            if "Effect" in value and PARTS & value.keys():
                yield Statement(template, name, body.get("Type"), path, value)


def _objects(template, value):
    for path, inner in walk(value):
        if isinstance(inner, dict):
            yield path, inner
        if _may_be_json(inner):
            for text in intrinsics.texts(template, inner):
                for _, deep in walk(from_json(text)):
                    if isinstance(deep, dict):
                        yield path, deep


def _may_be_json(value):
    return isinstance(value, str) or intrinsics.is_intrinsic(value)


def from_json(text):
    """The object or list that a text is, or None."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


# The account that the stack is in.
OWN_ACCOUNT = re.compile(r"(arn:(aws[a-z-]*|\$\{AWS::Partition\}):iam::\$\{AWS::AccountId\}:root|\$\{AWS::AccountId\})")
# Keys of conditions that say on whose behalf a call is made.
SOURCES = {
    "aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalarn",
    "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "kms:calleraccount",
    "kms:encryptioncontext:aws:logs:arn",
}
# Operators that a call without the key does not pass; `…IfExists` and `ForAllValues:…` let it through.
DEMANDING = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}


def sources(statement):
    """The keys of its condition that say who may use it, with the texts they allow."""
    condition = statement.value.get("Condition")
    for operator, pairs in (condition if isinstance(condition, dict) else {}).items():
        if operator.lower().removeprefix("foranyvalue:") in DEMANDING and isinstance(pairs, dict):
            for key, value in pairs.items():
                if key.lower() in SOURCES:
                    yield key, statement.texts(value)


def is_bounded(template, text):
    """Whether a source is one thing, or parts of one thing that is in the template."""
    wild = WILD.search(text)
    if not wild:
        return True
    before = text[: wild.start()]
    owners = {name.split(".")[0] for name in intrinsics.VARIABLE.findall(before)}
    return bool(owners & template.resources.keys()) and before.endswith(("/", ":"))
