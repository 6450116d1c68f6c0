"""Reads templates: YAML with CloudFormation's short tags, as one plain value with long forms (`{"Fn::Sub": …}`)."""

import re

import yaml


class Loader(yaml.SafeLoader):
    """A loader that knows CloudFormation's tags and refuses duplicate keys."""


def _mapping(loader, node):
    mapping = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
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


def load(path):
    """The template of a file, or what is wrong with the file."""
    try:
        parsed = yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506: a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return None, " ".join(str(error).split())
    if not isinstance(parsed, dict) or not isinstance(parsed.get("Resources"), dict) or not parsed["Resources"]:
        return None, "no template: it has no Resources"
    return Template(parsed), None


VARIABLE = re.compile(r"\$\{([^!][^}]*)\}")


class Template:
    """A parsed template, with the questions that several checks ask."""

    def __init__(self, value):
        self.value = value
        self.resources = {name: body for name, body in value["Resources"].items() if isinstance(body, dict)}
        self.parameters = value.get("Parameters") or {}
        self.conditions = value.get("Conditions") or {}
        self.metadata = (value.get("Metadata") or {}).get("Stellarr") or {}

    def of_type(self, *types):
        """The resources of some types: (name, properties)."""
        return [(name, properties(body)) for name, body in self.resources.items() if body.get("Type") in types]

    def type_of(self, name):
        return self.resources.get(name, {}).get("Type")

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
