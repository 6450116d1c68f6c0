"""What the doctor finds: on a computer without credentials, and on the local AWS."""

import json
import os
import subprocess
import time

from conftest import ROOT, TARGET


def findings(config, *arguments, home, code):
    command = [TARGET / "debug" / "stellarr", "doctor", "--json", "--config", config, *arguments]
    environment = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "CARGO_HOME": os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup")),
    }
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert time.monotonic() - began < 6, "all checks run side by side"
    assert done.returncode == code, done.stdout + done.stderr
    return {one["check"]: one for one in json.loads(done.stdout)["findings"]}


def test_without_credentials_it_says_how_to_get_some(stellarr, tmp_path):
    config = tmp_path / "stellarr.yaml"
    config.write_text("name: home\n")
    found = findings(config, home=tmp_path, code=4)
    assert found["credentials"]["level"] == "failure"
    assert found["credentials"]["sentence"] == "no AWS credentials were found on this computer"
    assert "aws configure" in found["credentials"]["remedy"] and "--sandbox" in found["credentials"]["remedy"]
    assert found["disk"]["level"] in ("ok", "warning")


def test_without_a_configuration_it_names_the_way_to_one(stellarr, tmp_path):
    found = findings(tmp_path / "none.yaml", home=tmp_path, code=2)
    assert "stellarr init" in found["configuration"]["remedy"]


def test_the_local_aws_is_looked_at(stellarr, tmp_path):
    config = tmp_path / "stellarr.yaml"
    config.write_text("name: looked-at\n")
    assert findings(config, "--sandbox", home=tmp_path, code=0)["sandbox"]["level"] == "warning"
    command = [TARGET / "debug" / "stellarr", "sandbox", "--config", config]
    subprocess.run([*command, "up"], check=True, capture_output=True, timeout=300)
    try:
        found = findings(config, "--sandbox", home=tmp_path, code=0)
        assert (found["sandbox"]["level"], found["stacks"]["sentence"]) == ("ok", "nothing is deployed yet")
    finally:
        subprocess.run([*command, "reset"], check=True, capture_output=True, timeout=60)
