"""Reads templates: YAML with CloudFormation's short tags, or JSON, as one plain value with long forms (`{"Fn::Sub": …}`)."""

import json

import yaml

import intrinsics
from intrinsics import VARIABLE


class Loader(yaml.SafeLoader):
    """A loader that knows CloudFormation's tags and refuses duplicate keys."""


def _mapping(loader, node):
    mapping = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, bool) or not isinstance(key, (str, int)):
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is no text: quote it", key_node.start_mark)
        if key in mapping:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is there twice", key_node.start_mark)
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


def _tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = _mapping(loader, node)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
Loader.add_multi_constructor("!", _tagged)
# `2012-10-17` is a policy's version, not a date.
Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Refused(ValueError):
    """JSON that can be read, but not in one way only."""


def _pairs(pairs):
    mapping = {}
    for key, value in pairs:
        if key in mapping:
            raise Refused(f"the key {key!r} is there twice")
        mapping[key] = value
    return mapping


def _parse(text):
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text, object_pairs_hook=_pairs)
        except json.JSONDecodeError:
            pass  # YAML may begin with a brace as well.
    return yaml.load(text, Loader)  # noqa: S506: a SafeLoader


def load(path):
    """The template of a file, or what is wrong with the file."""
    try:
        text = path.read_text(encoding="utf-8")
        parsed = intrinsics.normal(_parse(text))
    except (yaml.YAMLError, UnicodeDecodeError, Refused) as error:
        return None, " ".join(str(error).split())
    except RecursionError:
        return None, "it contains itself"
    if not isinstance(parsed, dict) or not isinstance(parsed.get("Resources"), dict) or not parsed["Resources"]:
        return None, "no template: it has no Resources"
    return Template(parsed, text), None


class Template:
    """A parsed template, with the questions that several checks ask."""

    def __init__(self, value, text=""):
        self.value = value
        # The file as it was written, with its comments.
        self.text = text
        self.resources = {name: body for name, body in value["Resources"].items() if isinstance(body, dict)}
        self.parameters = {name: body for name, body in _object(value.get("Parameters")).items() if isinstance(body, dict)}
        self.conditions = _object(value.get("Conditions"))
        self.metadata = _object(_object(value.get("Metadata")).get("Stellarr"))

    def variants(self):
        """The template for each way that its conditions may go, without any `Fn::If`."""
        mappings = self.value.get("Mappings") or {}
        for held in intrinsics.decisions(self.value):
            decided = {
                section: value if section == "Conditions" else intrinsics.decide(value, held, mappings)
                for section, value in self.value.items()
            }
            yield Template(decided, self.text)

    def of_type(self, *types):
        """The resources of some types: (name, properties)."""
        return [(name, properties(body)) for name, body in self.resources.items() if body.get("Type") in types]

    def type_of(self, name):
        return self.resources.get(name, {}).get("Type")

    def function_of(self, value):
        """The function that a name, an ARN, an alias or a version stands for."""
        if isinstance(value, str):
            named = [name for name, values in self.of_type("AWS::Lambda::Function") if values.get("FunctionName") == value]
            return named[0] if named else None
        name = self.target(value)
        if self.type_of(name) in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            return self.target(properties(self.resources[name]).get("FunctionName"))
        return name

    def target(self, value):
        """The name of the resource or parameter that a Ref, GetAtt or one-variable Sub stands for."""
        if isinstance(value, dict) and len(value) == 1:
            if "Ref" in value:
                return value["Ref"]
            if isinstance(value.get("Fn::GetAtt"), list) and value["Fn::GetAtt"]:
                return value["Fn::GetAtt"][0]
            if isinstance(value.get("Fn::Sub"), str):
                names = VARIABLE.findall(value["Fn::Sub"])
                if len(names) == 1:
                    return names[0].split(".")[0]
        return None


def _object(value):
    return value if isinstance(value, dict) else {}


def properties(body):
    return body.get("Properties") or {}


def walk(value, path=()):
    """Every value inside a value, with the keys that lead to it."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, (*path, index))


def as_list(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
