"""The program, for tests that render, and the golden configurations as it renders them."""

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Below it a folder for each configuration, with its stellarr.yaml.
CONFIGURATIONS = ROOT / "tests" / "golden"


def path():
    """The built program; it is built when no other step has built it."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = target / "debug" / "stellarr"
    if not program.exists():
        subprocess.run(["cargo", "build", "--locked", "--quiet", "--workspace", "--bin", "stellarr"], cwd=ROOT, check=True)
    return program


def render(config, folder, *options):
    """Renders a configuration file; the templates by stack."""
    done = subprocess.run(
        [path(), *options, "render", "--config", str(config), "--out", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {file.stem: file for file in sorted(Path(folder).glob("*.yaml")) if file.stem != "stellarr"}


@cache
def golden():
    """The folders of the golden configurations, each with its templates: one a stack, and in `sandbox` those that differ there.

    `tests/golden` keeps most templates as differences. `deployer/tests/all/golden` sees to it that they are what is rendered.
    """
    root = Path(_temporary().name)
    for config in sorted(CONFIGURATIONS.glob("*/stellarr.yaml")):
        folder = root / config.parent.name
        folder.mkdir()
        shutil.copy(config, folder)
        real = render(config, folder)
        for stack, local in render(config, folder / "sandbox", "--sandbox").items():
            if local.read_text() == real[stack].read_text():
                local.unlink()
        _must_be_current(config.parent, real)
    return sorted(root.iterdir())


def _must_be_current(kept, rendered):
    """An old program would render, and have judged, other templates than those that are kept."""
    for stack, path_ in rendered.items():
        whole = kept / f"{stack}.yaml"
        if whole.exists() and whole.read_text() != path_.read_text():
            raise AssertionError(f"{whole.relative_to(ROOT)} is not what {path()} renders: build it, or update the golden templates")


@cache
def _temporary():
    # Kept in the cache, so that it lives as long as the tests.
    return tempfile.TemporaryDirectory(prefix="golden-")
