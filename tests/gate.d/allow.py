"""The committed exceptions: a line each, `<check> <resource> [<value>]  <reason>`, where `*` stands for any text."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Exception_:
    """One exception, and why it is one."""

    fields: tuple
    reason: str

    def covers(self, *values):
        return len(values) == len(self.fields) and all(map(_matches, values, self.fields))


def _matches(value, pattern):
    # `[` is common in what is compared, and never meant as a set of characters.
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def load(name, fields):
    """The exceptions of a file; a line without a reason is an error of its own."""
    found = []
    for number, line in enumerate((HERE / name).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split(None, fields)
        if len(parts) <= fields:
            raise ValueError(f"{name}:{number}: no reason is given")
        found.append(Exception_(tuple(parts[:fields]), parts[fields]))
    return found
