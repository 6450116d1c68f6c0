"""CloudFormation's functions: what a template says once its conditions are decided, and which texts a value may become.

`variants` takes every `Fn::If` both ways, and writes texts in one way only: whatever `Join`, `Sub` with a map, `Select` or
`FindInMap` make of constants is a plain text or one `{"Fn::Sub": text}`. So the checks see through all of them.
"""

import itertools
import re

VARIABLE = re.compile(r"\$\{([^!][^}]*)\}")
# Up to so many conditions every combination is looked at; beyond, all pairs.
EVERY_COMBINATION = 6
# As many alternatives of one text are looked at.
MOST_TEXTS = 200

_NOTHING = object()


def is_intrinsic(value):
    """Whether it is a function and not a plain object."""
    return isinstance(value, dict) and len(value) == 1 and str(next(iter(value))).startswith(("Ref", "Fn::"))


def normal(value):
    """The same with every GetAtt as a list."""
    if isinstance(value, list):
        return [normal(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(value.get("Fn::GetAtt"), str):
        return {"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}
    return {key: normal(item) for key, item in value.items()}


def decisions(value):
    """Which way the conditions may go together, of those that an `If` asks for: each a set of those that hold."""
    names = sorted({name for name in _asked(value) if isinstance(name, str)})
    if len(names) <= EVERY_COMBINATION:
        sizes = range(len(names) + 1)
    else:
        sizes = (0, 1, 2, len(names) - 2, len(names) - 1, len(names))
    for size in sizes:
        for held in itertools.combinations(names, size):
            yield frozenset(held)


def _asked(value):
    if isinstance(value, dict):
        if isinstance(value.get("Fn::If"), list) and value["Fn::If"]:
            yield value["Fn::If"][0]
        for item in value.values():
            yield from _asked(item)
    elif isinstance(value, list):
        for item in value:
            yield from _asked(item)


def decide(value, held, mappings):
    """The value when exactly the conditions in `held` hold, in its simplest form; None if nothing is left."""
    made = _simplest(value, held, mappings)
    return None if made is _NOTHING else made


def _simplest(value, held, mappings):
    if isinstance(value, list):
        made = [_simplest(item, held, mappings) for item in value]
        return [item for item in made if item is not _NOTHING]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": "AWS::NoValue"}:
        return _NOTHING
    if len(value) == 1 and isinstance(value.get("Fn::If"), list) and len(value["Fn::If"]) == 3:
        name, then, otherwise = value["Fn::If"]
        if not isinstance(name, str):
            return {"Fn::If": [name, _simplest([then], held, mappings), _simplest([otherwise], held, mappings)]}
        return _simplest(then if name in held else otherwise, held, mappings)
    made = {key: _simplest(item, held, mappings) for key, item in value.items()}
    made = {key: item for key, item in made.items() if item is not _NOTHING}
    return _called(made, mappings) if is_intrinsic(made) else made


def _called(value, mappings):
    """A function of constants is what it returns; anything else stays."""
    (function, argument), = value.items()
    if function == "Fn::Sub":
        return _substituted(value, argument)
    if not isinstance(argument, list):
        return value
    if function == "Fn::Join" and len(argument) == 2 and isinstance(argument[1], list):
        parts = [as_text(part) for part in argument[1]]
        return value if None in parts else from_text(_escaped(str(argument[0])).join(parts))
    if function == "Fn::Split" and len(argument) == 2 and isinstance(argument[1], str):
        return argument[1].split(str(argument[0]))
    if function == "Fn::Select" and len(argument) == 2 and isinstance(argument[1], list):
        index = str(argument[0])
        return argument[1][int(index)] if index.isdecimal() and int(index) < len(argument[1]) else value
    if function == "Fn::FindInMap":
        found = _found(mappings, argument)
        return found[0] if len(found) == 1 else value
    return value


def _substituted(value, argument):
    text, own = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    if not isinstance(text, str) or not isinstance(own, dict):
        return value
    known = {name: as_text(item) for name, item in own.items()}
    if None in known.values():
        return value
    return from_text(VARIABLE.sub(lambda match: known.get(match[1], match[0]), text))


def as_text(value):
    """A constant or reference as it would stand in a Sub; None for anything else."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return _escaped(str(value))
    if isinstance(value, dict) and len(value) == 1:
        (function, argument), = value.items()
        if function == "Ref" and isinstance(argument, str):
            return f"${{{argument}}}"
        if function == "Fn::GetAtt" and isinstance(argument, list) and all(isinstance(part, str) for part in argument):
            return f"${{{'.'.join(argument)}}}"
        if function == "Fn::Sub" and isinstance(argument, str):
            return argument
    return None


def from_text(text):
    """The simplest form of a Sub's text: a plain text, a Ref, a GetAtt, or a Sub."""
    names = VARIABLE.findall(text)
    if not names:
        return text.replace("${!", "${")
    if text != f"${{{names[0]}}}":
        return {"Fn::Sub": text}
    return {"Fn::GetAtt": names[0].split(".", 1)} if "." in names[0] else {"Ref": names[0]}


def _escaped(text):
    return text.replace("${", "${!")


def _found(mappings, keys):
    """Everything that FindInMap may return; a key that is not constant may be any."""
    found = [mappings]
    for key in keys[:3]:
        inner = []
        for table in found:
            if isinstance(table, dict):
                inner.extend(
                    item for name, item in table.items() if not isinstance(key, (str, int)) or str(name) == str(key)
                )
        found = inner
    return found


def texts(template, value):
    """Every text that a value may become, as far as the template tells.

    A parameter is its allowed values or its default. What is not known stays as `${Name}`.
    """
    return list(dict.fromkeys(itertools.islice(_texts(template, value), MOST_TEXTS)))


def _texts(template, value):
    if isinstance(value, list):
        for item in value:
            yield from _texts(template, item)
    elif not isinstance(value, dict):
        if value is not None:
            yield str(value).lower() if isinstance(value, bool) else str(value)
    elif len(value) == 1:
        (function, argument), = value.items()
        if function == "Ref":
            yield from _of_parameter(template, argument) or [f"${{{argument}}}"]
        elif function == "Fn::Sub":
            text, own = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
            yield from _of_sub(template, str(text), own)
        elif function == "Fn::Join" and isinstance(argument, list) and isinstance(argument[-1], list):
            parts = [texts(template, part) or [""] for part in argument[-1]]
            yield from (str(argument[0]).join(chosen) for chosen in itertools.product(*parts))
        elif function == "Fn::FindInMap" and isinstance(argument, list):
            yield from _texts(template, _found(template.value.get("Mappings") or {}, argument))
        elif function in ("Fn::Select", "Fn::Split") and isinstance(argument, list):
            yield from _texts(template, argument[-1])
        elif function == "Fn::If" and isinstance(argument, list):
            yield from _texts(template, argument[1:])
        elif function == "Fn::Base64":
            yield from _texts(template, argument)
        else:
            yield as_text(value) or f"${{{function}}}"


def _of_sub(template, text, own):
    # Odd places are the variables.
    pieces = VARIABLE.split(text)
    choices = []
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            choices.append([piece.replace("${!", "${")])
        elif piece in own:
            choices.append(texts(template, own[piece]) or [""])
        else:
            choices.append(_of_parameter(template, piece) or [f"${{{piece}}}"])
    return ("".join(chosen) for chosen in itertools.product(*choices))


def _of_parameter(template, name):
    """What a parameter may be, or nothing if the template does not say."""
    parameter = template.parameters.get(name)
    if not isinstance(parameter, dict) or "SSM::Parameter" in str(parameter.get("Type")):
        return []
    if parameter.get("AllowedValues"):
        return [str(value) for value in parameter["AllowedValues"]]
    # An empty default waits for a value as well.
    if parameter.get("Default") in (None, ""):
        return []
    default = str(parameter["Default"])
    return [part.strip() for part in default.split(",")] if "List" in str(parameter.get("Type")) else [default]
