"""`tests/real-aws-check` against the sandbox: every step, a step that fails, and Ctrl-C."""

import getpass
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import time

import pytest
from conftest import ROOT, TARGET

SCRIPT = ROOT / "tests" / "real-aws-check"
STEPS = ["role", "first deploy", "deploy without a change", "deploy of one change", "rollback", "logs", "destroy", "role removed"]
PLANTED = {
    "account": "210987654321",
    "role": "arn:aws:iam::210987654321:role/smith-family",
    "key": "AKIAIOSFODNN7EXAMPLE",
    "host": "d3aq4s6exampl9.cloudfront.net",
    "e-mail": "jo.smith@example.org",
    "token": "Zk3hVt8Lq0PzRw5XnYb7Cd2Ef4Gh6Jk9Ml1No3Pq",
}


def command(folder, stellarr):
    return [str(SCRIPT), "--sandbox", "--yes", "--region", "eu-central-1", "--stellarr", str(stellarr), "--folder", str(folder)]


def environment():
    return {key: value for key, value in os.environ.items() if key not in ("TMDB_API_KEY", "CI")}


def results(report):
    return {title: result for title, result in re.findall(r"^\| ([a-z ]+) \| ([a-z ]+) \| +\d+ s \|", report, re.M)}


def alive(folder):
    """Processes whose environment or command line names the folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            said = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except (OSError, NotADirectoryError):
            continue
        if entry.name.isdigit() and int(entry.name) != os.getpid() and str(folder).encode() in said:
            found.append((entry / "cmdline").read_bytes())
    return found


def assert_redacted(report, log):
    """Nothing of this computer, of the deployment, or of a secret that the terminal showed."""
    name = re.search(r"check-[a-z0-9]{6}", log).group()
    hidden = {name, "000000000000", "localhost", "127.0.0.1", str(pathlib.Path.home()) + "/", str(ROOT)}
    hidden |= set(re.findall(r"password: (\S+)", log)) | set(re.findall(r"token=(\w+)", log)) | set(PLANTED.values())
    for one in (getpass.getuser(), socket.gethostname()):
        assert not re.search(rf"(?<![A-Za-z0-9]){re.escape(one)}(?![A-Za-z0-9])", report), one
    assert [one for one in hidden if one in report] == []


@pytest.mark.usefixtures("stellarr")
def test_every_step_passes_and_nothing_is_left(tmp_path):
    done = subprocess.run(
        command(tmp_path, TARGET / "debug" / "stellarr"), cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=1800,
    )  # fmt: skip
    log = done.stdout + done.stderr
    assert done.returncode == 0, log
    (folder,) = [entry for entry in tmp_path.iterdir() if entry.is_dir()]
    report = (folder / "report.md").read_text()
    wanted = dict.fromkeys(STEPS, "passed")
    if shutil.which("aws"):
        assert "The sandbox does not enforce a role's policy" in report
    else:
        wanted |= {"role": "skipped", "role removed": "skipped"}
        assert "the AWS CLI is not installed" in report
    assert results(report) == wanted, report
    assert "costs less than $0.10" in log and f"--clean-up {folder.name}" in log
    assert_redacted(report, log)
    assert not alive(tmp_path)


@pytest.mark.usefixtures("stellarr")
def test_a_failed_step_and_ctrl_c_end_in_the_cleanup(tmp_path):
    real, marker = TARGET / "debug" / "stellarr", tmp_path / "in-logs"
    wrapper = tmp_path / "stellarr"
    said = "; ".join(f"{kind} {value}" for kind, value in PLANTED.items())
    wrapper.write_text(
        f"""#!/bin/sh
case $1 in
    rollback) echo 'error: it went wrong: {said}'; exit 6 ;;
    logs) touch {marker}; exec sleep 300 ;;
esac
exec {real} "$@"
"""
    )
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    folder = tmp_path / "runs"
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(
            command(folder, wrapper), cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        end = time.monotonic() + 1500
        while not marker.exists():
            assert running.poll() is None and time.monotonic() < end, (tmp_path / "log").read_text()
            time.sleep(0.5)
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(timeout=600) == 130, (tmp_path / "log").read_text()
    log = (tmp_path / "log").read_text()
    (run,) = folder.iterdir()
    report = (run / "report.md").read_text()
    found = results(report)
    assert found["deploy of one change"] == "passed" and found["rollback"] == "failed" and found["logs"] == "interrupted", report
    assert found["destroy"] == "passed" and found["role removed"] in ("passed", "skipped"), report
    assert "`stellarr rollback --yes` ended with 6, not 0" in report and "it went wrong" in report and "FAILED" in report
    assert_redacted(report, log)
    assert not alive(folder)


def test_names_that_are_not_its_own_are_refused(tmp_path):
    for name in ("home", "check-", "check-A1b2c3", "home-prod"):
        done = subprocess.run([str(SCRIPT), "--sandbox", "--clean-up", name], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "not a name that this script gives" in done.stderr, done.stderr


def test_a_stack_without_its_tag_is_left_alone(tmp_path):
    """A fake AWS CLI: every resource exists, and belongs to another owner."""
    calls, fake = tmp_path / "calls", tmp_path / "aws"
    stack = {"Stacks": [{"StackName": "x", "StackStatus": "CREATE_COMPLETE", "Tags": [{"Key": "purpose", "Value": "other"}]}]}
    identity = {"Account": "210987654321", "Arn": "arn:aws:iam::210987654321:user/jo"}
    fake.write_text(
        f"""#!/bin/sh
echo "$1 $2" >> {calls}
case $1 in sts) echo '{json.dumps(identity)}' ;; *) echo '{json.dumps(stack)}' ;; esac
"""
    )
    fake.chmod(0o755)
    ours = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path), "TMDB_API_KEY": "0123456789abcdef"}

    def ends(*arguments):
        line = [str(SCRIPT), "--yes", "--stellarr", "/bin/true", "--folder", str(tmp_path / "runs"), *arguments]
        done = subprocess.run(line, env=ours, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 2, done.stdout + done.stderr
        return done.stderr

    assert "was not made by this script: it is left alone" in ends("--clean-up", "check-a1b2c3")
    assert "already" in ends() and "Nothing was created." in ends()
    assert set(calls.read_text().split("\n")) == {"sts get-caller-identity", "cloudformation describe-stacks", ""}
    fake.write_text(fake.read_text().replace(":user/jo", ":root"))
    assert "the root user cannot take a role" in ends()
