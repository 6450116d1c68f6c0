"""What the tests of policies share: the program, and the golden configurations."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "gate.d"))

from program import golden, path  # noqa: E402

GOLDEN = golden()


@pytest.fixture(scope="session")
def program():
    return path()


@pytest.fixture(scope="session")
def stellarr(program):
    """Runs `stellarr policy` and returns what it writes."""

    def run(*arguments):
        done = subprocess.run([program, "policy", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(params=GOLDEN, ids=lambda folder: folder.name)
def folder(request):
    """A golden configuration with its rendered templates."""
    return request.param


@pytest.fixture
def config(folder):
    return ["--config", str(folder / "stellarr.yaml")]
