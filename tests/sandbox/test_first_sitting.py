"""A fresh clone and an empty home: from nothing to a site, a change, a step back and the end, typed in a terminal.

No step may need knowledge from outside the screen: each command is only typed once the screen has shown it. The transcript is
kept beside pytest's other files, and shown when the story breaks.
"""

import os
import pathlib
import re
import shutil
import subprocess
import urllib.request

import pexpect
import pytest

from conftest import ROOT, TARGET

ENTER = "\r"
KEPT = ("PATH", "STELLARR_MINISTACK", "CARGO_TARGET_DIR", "CHROMIUM")


def clone(folder):
    """What a clone holds, with the site's packages where they are at hand."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, files.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    packages = ROOT / "frontend" / "node_modules"
    if (packages / ".stellarr-lock").is_file():
        copy = folder / "frontend" / "node_modules"
        # A gigabyte: by links where the disk is the same one.
        linked = subprocess.run(["cp", "-al", packages, copy], capture_output=True)
        if linked.returncode != 0:
            shutil.rmtree(copy, ignore_errors=True)
            subprocess.run(["cp", "-a", packages, copy], check=True)
    # The repository's own deployment is not the person's.
    (folder / "stellarr.yaml").unlink()


class Sitting:
    """A person at a terminal who knows what the screen says, and nothing else."""

    def __init__(self, folder):
        self.clone, home, tools = folder / "stellarr", folder / "home", folder / "bin"
        for one in (self.clone, home, tools):
            one.mkdir()
        clone(self.clone)
        # As `cargo install` would have put it.
        (tools / "stellarr").symlink_to(TARGET / "debug" / "stellarr")
        user = pathlib.Path.home()
        self.environment = {key: os.environ[key] for key in KEPT if key in os.environ} | {
            "HOME": str(home),
            "TERM": "xterm",
            "NO_COLOR": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "CARGO_HOME": os.environ.get("CARGO_HOME", str(user / ".cargo")),
            "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(user / ".rustup")),
            "npm_config_cache": os.environ.get("npm_config_cache", str(user / ".npm")),
            "STELLARR_TMDB_URL": "http://127.0.0.1:9/3",
        }
        self.environment["PATH"] = f"{tools}:{self.environment['PATH']}"
        self.transcript = folder / "transcript.txt"
        self.seen = ""

    def type(self, command, *answers, code=0):
        """Types a command that the screen has shown, and answers its questions; returns what it says."""
        assert f"`{command}`" in self.seen, f"the screen never showed {command!r}:\n{self.seen}"
        return self.run(command, *answers, code=code)

    def run(self, command, *answers, code=0):
        self.note(f"$ {command}\n")
        program, *arguments = command.split()
        terminal = pexpect.spawn(
            program, arguments, cwd=str(self.clone), env=self.environment, encoding="utf-8", timeout=600, dimensions=(50, 180)
        )
        said = ""
        for question, keys in answers:
            found = terminal.expect_exact([question, pexpect.EOF])
            said += terminal.before + (question if found == 0 else "")
            assert found == 0, f"{question!r} was not asked:\n{said}"
            terminal.send(keys)
        terminal.expect(pexpect.EOF)
        terminal.close()
        said = plain(said + terminal.before)
        self.note(said)
        assert terminal.exitstatus == code, f"{command} ended with {terminal.exitstatus}:\n{said}"
        return said

    def note(self, text):
        self.seen += text
        self.transcript.write_text(self.seen)


def plain(text):
    """What stays on the screen, without the terminal's own codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r\n", "\n").replace("\r", "\n")


@pytest.fixture(scope="module")
def sitting(stellarr, tmp_path_factory):
    sitting = Sitting(tmp_path_factory.mktemp("sitting"))
    yield sitting
    subprocess.run(
        [TARGET / "debug" / "stellarr", "sandbox", "reset"], cwd=sitting.clone, env=sitting.environment, capture_output=True, timeout=120
    )
    shutil.rmtree(sitting.clone, ignore_errors=True)


def locales_of(site):
    with urllib.request.urlopen(site + "/config.json", timeout=30) as answer:
        return re.findall(r'"locales"\s*:\s*\[([^]]*)\]', answer.read().decode())[0].replace('"', "").split(",")


def test_a_person_who_only_reads_the_screen_gets_through(sitting):
    # What the README's first lines say: one command, and it explains itself.
    sitting.run("stellarr --help")
    assert re.search(r"^  init +Ask a few questions", sitting.seen, re.M)

    sitting.run(
        "stellarr init",
        ("Which AWS region", ENTER),
        ("What shall the site be called?", "\x7f" * 20 + "Movie night" + ENTER),
        ("Which address shall it have?", ENTER),
        ("Which languages", "\x7f" * 20 + "en" + ENTER),
        ("web application firewall", ENTER),
        ("Your TMDB key", ENTER),
        ("A password for the household", ENTER),
        ("What next?", ENTER),
    )
    assert "No AWS credentials were found" in sitting.seen

    said = sitting.type("stellarr deploy --sandbox")
    site = re.search(r"http://localhost:\d+", said.split("✓ verify")[1]).group()
    assert locales_of(site) == ["en"]

    # The screen says where things are changed, and the file says how.
    assert "edit stellarr.yaml" in sitting.seen
    config = sitting.clone / "stellarr.yaml"
    text = config.read_text()
    line = re.search(r"^locales: .*$", text, re.M).group()
    assert line == "locales: [en]" and text.split(line)[0].rstrip().splitlines()[-1].startswith("#"), "the file explains the key"
    config.write_text(text.replace(line, "locales: [en, fr]"))

    said = sitting.type("stellarr diff --sandbox")
    assert "Harmless" in said, said
    sitting.type("stellarr deploy --sandbox")
    assert locales_of(site) == ["en", "fr"]

    sitting.type("stellarr rollback --sandbox", ("Go back to release 1", "y" + ENTER))
    assert locales_of(site) == ["en"]

    name = "stellarr-prod"
    said = sitting.type("stellarr destroy --sandbox", (f"Type {name} to delete it:", name + ENTER))
    assert "the site is gone, the data is kept" in said
    said = sitting.type("stellarr destroy --sandbox --delete-data", code=2)
    assert "removal_policy: delete" in said, "the data is protected, and the screen says how to go on"
