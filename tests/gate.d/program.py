"""The program, for tests that render."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = sorted(path for path in (ROOT / "tests" / "golden").glob("*/stellarr.yaml"))


def path():
    """The built program; it is built when no other step has built it."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = target / "debug" / "stellarr"
    if not program.exists():
        subprocess.run(["cargo", "build", "--locked", "--quiet", "--workspace", "--bin", "stellarr"], cwd=ROOT, check=True)
    return program


def render(config, folder):
    """Renders a configuration file; the templates by stack."""
    done = subprocess.run(
        [path(), "render", "--config", str(config), "--out", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {file.stem: file for file in sorted(Path(folder).glob("*.yaml"))}
