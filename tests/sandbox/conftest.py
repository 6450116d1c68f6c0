"""A whole deployment to the local AWS, in a folder of its own."""

import json
import os
import pathlib
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))

# The background job of a shell ignores Ctrl-C, and so would every program that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Stellarr:
    """The command, run on a configuration of the test's own."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.config = folder / "stellarr.yaml"

    def configure(self, **keys):
        lines = [f"{key}: {json.dumps(value)}" for key, value in keys.items()]
        self.config.write_text("\n".join(lines) + "\n")

    def run(self, *arguments, code=0, seconds=900, stdin=None):
        command = [TARGET / "debug" / "stellarr", *arguments, "--config", self.config]
        environment = {key: value for key, value in os.environ.items() if key not in ("TMDB_API_KEY", "CI")}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, input=stdin or "", capture_output=True, text=True, timeout=seconds
        )
        text = done.stdout + done.stderr
        assert done.returncode == code, f"{arguments} ended with {done.returncode}:\n{text}"
        return text

    def data(self, *arguments, code=0):
        """What the command prints as JSON."""
        text = self.run(*arguments, "--json", "--quiet", code=code)
        return json.loads(text[: text.rindex("}") + 1])

    def fetch(self, path, headers=None):
        """Status, headers and text of a page of the site."""
        request = urllib.request.Request(self.site + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, dict(answer.headers.items()), answer.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers.items()), error.read().decode(errors="replace")


@pytest.fixture(scope="session")
def stellarr(tmp_path_factory):
    # With the features that the other tests have built already, so that nothing is compiled twice.
    subprocess.run(["cargo", "build", "--locked", "--quiet", "--workspace", "--bin", "stellarr", "--test", "all"], cwd=ROOT, check=True)
    stellarr = Stellarr(tmp_path_factory.mktemp("deployment"))
    yield stellarr
    stellarr.run("sandbox", "reset")
