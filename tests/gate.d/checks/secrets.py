"""No template may hold a secret: not as a literal, not as a parameter, not as a value that CloudFormation would write."""

import re

import intrinsics
import shapes
import statements
from intrinsics import VARIABLE
from template import properties

DYNAMIC = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):")
ANY_DYNAMIC = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure|ssm):")
# Whoever may describe the resource reads what stands there, a resolved secret too.
SHOWN = {
    "Environment", "EnvironmentVariables", "UserData", "Metadata", "Tags", "Description", "Input", "InputTemplate", "ZipFile",
    "FunctionCode", "DashboardBody", "StageVariables",
}
COMMENT = re.compile(r"(?:^|\s)#(.*)")
# Of an object with a name and a value, the value is what the name says.
PAIRS = (("Name", "Value"), ("Key", "Value"), ("HeaderName", "HeaderValue"), ("ParameterKey", "ParameterValue"))
# Properties whose name does not tell that they are secret.
SECRET_PROPERTIES = {("AWS::ApiGateway::ApiKey", "Value"): "ApiKey"}
# A pair of these kinds holds the name of a secret.
REFERRING = {"PARAMETER_STORE", "SECRETS_MANAGER"}


def run(template):
    for name, body in template.resources.items():
        for section in ("Properties", "Metadata"):
            start = () if section == "Properties" else (section,)
            for path, key, value in _leaves(template, body.get(section), start):
                yield from _leaf(template, name, body.get("Type"), path, key, value)
        yield from _secret_resource(name, body)
    yield from _parameters(template)
    yield from _outputs(template)
    for name, table in (template.value.get("Mappings") or {}).items():
        for path, _, value in _leaves(template, table, (name,)):
            key = next((part for part in path if shapes.is_secret_name(part)), "")
            yield from _literal(template, name, path, key, value)
    for section in ("Description", "Metadata", "Rules", "Conditions"):
        for path, key, value in _leaves(template, template.value.get(section), (section,)):
            yield from _literal(template, "", path, key if section == "Metadata" else "", value)


def comments(template):
    """A comment is not deployed, but it is kept with the template."""
    for number, line in enumerate(template.text.splitlines(), 1):
        comment = COMMENT.search(line)
        what = comment and shapes.shape_of(comment[1])
        if what:
            yield "literal-secret", "", f"the comment in line {number} has {what}"


def _leaves(template, value, path=(), key=""):
    """Every value that is a text or becomes one, with the keys that lead to it and the name that says what it is."""
    if isinstance(value, dict) and not intrinsics.is_intrinsic(value):
        named = _named(value)
        for inner, item in value.items():
            yield from _leaves(template, item, (*path, inner), named.get(inner, str(inner)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(template, item, (*path, index), key)
    elif value is not None:
        yield path, key, value
        for text in intrinsics.texts(template, value):
            yield from _leaves(template, statements.from_json(text), path)


def _named(value):
    """What the values of pairs are called: {"Value": "DB_PASSWORD"}."""
    return {
        holder: value[label].rsplit("/", 1)[-1]
        for label, holder in PAIRS
        if isinstance(value.get(label), str) and holder in value and value.get("Type") not in REFERRING
    }


def _leaf(template, name, type_, path, key, value):
    key = SECRET_PROPERTIES.get((type_, ".".join(map(str, path))), key)
    texts = intrinsics.texts(template, value)
    secret = shapes.is_secret_name(key)
    if any((ANY_DYNAMIC if secret else DYNAMIC).search(text) for text in texts):
        if SHOWN & set(path) or (type_ == "AWS::SSM::Parameter" and path == ("Value",)):
            yield "secret-in-environment", name, f"{_dotted(path)} would show the secret to whoever may describe {name}"
        return
    header = "OriginCustomHeaders" in path and path[-1] == "HeaderValue"
    if header and not ANY_DYNAMIC.search(str(texts)):
        yield "literal-secret", name, f"{_dotted(path)} is a literal; take the header from the secret by a dynamic reference"
        return
    yield from _literal(template, name, path, key, value)
    if "Environment" in path and not shapes.is_about(key) and isinstance(value, str) and shapes.is_random(value, key):
        yield "random-literal", name, f"{_dotted(path)} looks like a key: nobody makes up such a text"


def _literal(template, name, path, key, value):
    """Objects to a text that is a secret by its shape, or by the name it goes by."""
    for text in intrinsics.texts(template, value):
        what = shapes.shape_of(text)
        if what:
            yield "literal-secret", name, f"{_dotted(path)} is {what}"
            return
    # A number is a limit or a time, but for a function everything is a text.
    countable = isinstance(value, (bool, int, float)) and ("Environment" not in path or isinstance(value, bool))
    if shapes.is_secret_name(key) and not countable:
        objection = _not_a_reference(template, value)
        if objection:
            yield "literal-secret", name, f"{_dotted(path)} {objection}"


def _not_a_reference(template, value):
    """Why a value is more than a dynamic reference, or the name or ARN of something."""
    text = intrinsics.as_text(value)
    if text is None:
        if isinstance(value, dict) and "Fn::ImportValue" in value:
            exported = intrinsics.texts(template, value["Fn::ImportValue"])
            return None if all(map(shapes.is_about, exported)) else "comes from an export that is called neither name nor ARN"
        literal = [text for text in intrinsics.texts(template, value) if not _is_harmless(text)]
        return "may be a literal" if literal else None
    if isinstance(value, dict):
        for variable in VARIABLE.findall(text):
            owner, _, attribute = variable.partition(".")
            if shapes.is_secret_name(attribute):
                return f"shows {variable}"
            # A parameter that is called a secret has a finding of its own.
            if owner in template.parameters and not shapes.is_about(owner) and not shapes.is_secret_name(owner):
                return f"is the parameter {owner}, which is called neither name nor ARN"
    return None if _is_harmless(text) else "is a literal"


def _is_harmless(text):
    """An ARN, a dynamic reference, or nothing but references."""
    first = VARIABLE.match(text)
    if text.startswith("arn:") or ANY_DYNAMIC.match(text) or (first and first[1].lower().endswith("arn")):
        return True
    return text in ("true", "false") or not re.search(r"[A-Za-z0-9]", VARIABLE.sub("", text))


def _parameters(template):
    for name, body in template.parameters.items():
        if shapes.is_secret_name(name) or body.get("NoEcho") in (True, "true"):
            yield "secret-parameter", name, "a secret travels as a parameter; anyone who may describe the stack can read it"
        for key in ("Default", "AllowedValues", "Description"):
            for path, _, value in _leaves(template, body.get(key), (key,)):
                yield from _literal(template, name, path, "", value)
        if isinstance(body.get("Default"), str) and shapes.is_random(body["Default"]):
            yield "random-literal", name, "the default looks like a key: nobody makes up such a text"


def _outputs(template):
    for name, body in (template.value.get("Outputs") or {}).items():
        for path, _, value in _leaves(template, body):
            if any(DYNAMIC.search(text) for text in intrinsics.texts(template, value)):
                yield "secret-output", name, "an output would show the secret"
            else:
                yield from _literal(template, name, path, name if path == ("Value",) else "", value)


def _secret_resource(name, body):
    if body.get("Type") == "AWS::SecretsManager::Secret":
        for key in ("SecretString", "GenerateSecretString"):
            if key in properties(body):
                yield "secret-value", name, f"{key}: CloudFormation would write over the values on a later change"


def _dotted(path):
    return ".".join(map(str, path))
