"""Finds cfn-lint and checkov, and the Python that they run in."""

import os
import shutil
import sys
from pathlib import Path

MARK = "STELLARR_GATE_CONTINUED"


class ToolError(Exception):
    """A tool that is missing or does not work."""


def find(name):
    """The path of a tool."""
    folders = [os.path.expanduser("~/.cache/stellarr/venv-dev/bin")]
    if os.environ.get("STELLARR_VENV"):
        folders.insert(0, os.path.join(os.environ["STELLARR_VENV"], "bin"))
        search = os.pathsep.join([folders[0], os.environ.get("PATH", ""), folders[1]])
    else:
        search = os.pathsep.join([os.environ.get("PATH", ""), folders[0]])
    found = shutil.which(name, path=search)
    if not found:
        raise ToolError(f"{name} is not installed; `tests/run` installs it, or `pip install cfn-lint checkov`")
    return found


def continue_in_their_python():
    """Starts over in the Python beside cfn-lint, which has PyYAML."""
    try:
        python = Path(find("cfn-lint")).parent / "python3"
    except ToolError as error:
        sys.exit(f"tests/gate: {error}")
    if os.environ.get(MARK) or not python.exists():
        sys.exit("tests/gate: PyYAML is not installed; `tests/run` installs it, or `pip install pyyaml`")
    os.execve(python, [str(python), *sys.argv], {**os.environ, MARK: "1"})
