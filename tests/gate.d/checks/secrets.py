"""No template may hold a secret: not as a literal, not as a parameter, not as a value that CloudFormation would write."""

import re

from template import walk

# Names of things that hold a secret, and not merely where one is or how long it lives.
NAME = re.compile(r"(password|passwd|secret|token|api_?key|private_?key|credential|secret_?string)", re.IGNORECASE)
HARMLESS_NAME = re.compile(r"(_?arn|_?name|_?sha256|_?ttl|_?seconds|_?generation|_?id)$", re.IGNORECASE)

# Texts that are secrets whatever they are called.
SHAPES = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."),
    "32 hexadecimal digits, as TMDB's keys have": re.compile(r"(?<![0-9a-fA-F-])[0-9a-f]{32}(?![0-9a-fA-F])"),
}
DYNAMIC = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):")


def run(template):
    for name, body in template.resources.items():
        for path, value in walk(body.get("Properties") or {}):
            if isinstance(value, str):
                yield from _text(name, path, value)
        yield from _secret_resource(name, body)
    for name, body in template.parameters.items():
        if _is_secret_name(name):
            yield "secret-parameter", name, "a secret travels as a parameter; anyone who may describe the stack can read it"
        for path, value in walk(body):
            if isinstance(value, str) and path and path[-1] == "Default":
                yield from _text(name, path, value)
    for name, body in (template.value.get("Outputs") or {}).items():
        for path, value in walk(body):
            if isinstance(value, str) and DYNAMIC.search(value):
                yield "secret-output", name, "an output would show the secret"


def _is_secret_name(name):
    return bool(NAME.search(name)) and not HARMLESS_NAME.search(name)


def _text(name, path, value):
    if DYNAMIC.search(value):
        yield from _dynamic(name, path)
        return
    for what, shape in SHAPES.items():
        if shape.search(value):
            yield "literal-secret", name, f"{_dotted(path)} is {what}"
            return
    key = next((part for part in reversed(path) if isinstance(part, str) and not part.startswith("Fn::")), "")
    if path[-1:] == (key,) and _is_secret_name(key) and value and key not in ("SecretStringTemplate",):
        yield "literal-secret", name, f"{_dotted(path)} is a literal"
    if key == "HeaderValue" and "OriginCustomHeaders" in path and path[-1] == key:
        yield "literal-secret", name, f"{_dotted(path)} is a literal; take the header from the secret by a dynamic reference"


def _dynamic(name, path):
    """A resolved secret may only go where it is not shown again."""
    if "Environment" in path or "UserData" in path:
        yield "secret-in-environment", name, f"{_dotted(path)} would show the secret in the function's configuration"


def _secret_resource(name, body):
    if body.get("Type") == "AWS::SecretsManager::Secret":
        for key in ("SecretString", "GenerateSecretString"):
            if key in (body.get("Properties") or {}):
                yield "secret-value", name, f"{key}: CloudFormation would write over the values on a later change"


def _dotted(path):
    return ".".join(map(str, path))
