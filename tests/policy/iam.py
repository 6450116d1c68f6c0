"""Evaluates IAM policies the way IAM does: a deny wins, a boundary limits, and an allow is needed.

Source: "Policy evaluation logic" and "IAM JSON policy elements" in the IAM user guide. An operator that is not known here is an
error, so that no condition is passed over.
"""

import functools
import re

# Whether the operator is the denial of another one; IAM takes those for true where the key is not there.
OPERATORS = {
    "StringEquals": (False, lambda pattern, value: pattern == value),
    "StringLike": (False, lambda pattern, value: matches(pattern, value)),
    "ArnEquals": (False, lambda pattern, value: matches(pattern, value)),
    "ArnLike": (False, lambda pattern, value: matches(pattern, value)),
    "ArnNotEquals": (True, lambda pattern, value: matches(pattern, value)),
}


def matches(pattern, value):
    """Whether a pattern with `*` and `?` matches the whole value."""
    return _compiled(pattern).fullmatch(value) is not None


@functools.cache
def _compiled(pattern):
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.compile("".join(parts), re.DOTALL)


def is_allowed(documents, action, resource, context=None, boundary=None):
    """Whether policies allow an action on a resource, inside a boundary where there is one."""
    context = context or {}
    layers = [list(documents)] if boundary is None else [list(documents), [boundary]]
    return all(_decides(layer, action, resource, context) for layer in layers)


def _decides(documents, action, resource, context):
    met = [
        statement["Effect"]
        for document in documents
        for statement in _list(document["Statement"])
        if _applies(statement, action, resource, context)
    ]
    return "Allow" in met and "Deny" not in met


def _applies(statement, action, resource, context):
    unknown = statement.keys() - {"Sid", "Effect", "Action", "NotAction", "Resource", "Condition"}
    if unknown:
        raise ValueError(f"a statement has {sorted(unknown)}, which is not evaluated here")
    # Most statements are on something else, and have many actions.
    if not any(matches(one, resource) for one in _list(statement["Resource"])):
        return False
    named = any(matches(one.lower(), action.lower()) for one in _list(statement.get("Action", statement.get("NotAction"))))
    if named != ("Action" in statement):
        return False
    return all(
        _holds(operator, patterns, context.get(key))
        for operator, keys in statement.get("Condition", {}).items()
        for key, patterns in keys.items()
    )


def _holds(operator, patterns, value):
    for_all = operator.startswith("ForAllValues:")
    denies, fits = OPERATORS[operator.removeprefix("ForAllValues:")]
    if value is None:
        return denies or for_all
    met = [any(fits(pattern, one) for pattern in _list(patterns)) for one in _list(value)]
    return not any(met) if denies else all(met)


def _list(value):
    return value if isinstance(value, list) else [value]
