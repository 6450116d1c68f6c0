"""Times the released command as a user runs it: whole processes, medians, on the sandbox.

The repository is copied to a folder of its own first, because one figure needs a changed file of the site.
"""

import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = pathlib.Path(os.environ["CARGO_TARGET_DIR"])


class Run:
    """One finished process: seconds of wall time, its own peak of resident memory in bytes, and what it said."""

    def __init__(self, command, folder, code=0):
        with tempfile.TemporaryFile() as said:
            began = time.monotonic()
            process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
            self.memory = 0
            # The system's own count would include cargo's children, so the process is asked while it lives.
            while process.poll() is None:
                self.memory = max(self.memory, high_water(process.pid))
                time.sleep(0.002)
            self.seconds = time.monotonic() - began
            said.seek(0)
            self.said = said.read().decode(errors="replace")
        assert process.returncode == code, f"{command} ended with {process.returncode}:\n{self.said}"


def high_water(pid):
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found.group(1)) * 1024 if found else 0


def median(runs, of=lambda run: run.seconds):
    return statistics.median(of(run) for run in runs)


def row(what, value, unit, limit):
    ratio = f"{value / limit:5.2f}" if limit else "     "
    print(f"{what:58} {value:9.1f} {unit:3} {limit if limit else '–':>6} {ratio}")


def prepare(folder):
    """A copy of the repository with a deployment in the sandbox; returns the command."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.split(b"\0")
    for name in filter(None, map(os.fsdecode, files)):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    subprocess.run(["cargo", "build", "--locked", "--release", "--quiet"], cwd=ROOT, check=True)
    (folder / "stellarr.yaml").write_text("name: bench\nremoval_policy: delete\n")
    return TARGET / "release" / "stellarr"


def change_file(stellarr, folder, number):
    """Deploys one changed file of the built site, and sees that it is the only one that went up."""
    (folder / "frontend/build/note.txt").write_text(f"{number}\n")
    run = Run([stellarr, "deploy", "--sandbox", "--yes", "--no-warm"], folder)
    assert re.search(r"✓ sync +1 file ", run.said) and re.search(r"✓ invalidate +/note\.txt ", run.said), run.said
    return run


def change_source(stellarr, folder, number):
    """The same with a file of the site's sources, which is built first; the page names the version, so it goes up, too."""
    (folder / "frontend/static/icon.svg").write_text(f"<svg xmlns='http://www.w3.org/2000/svg' width='{number + 1}'/>")
    run = Run([stellarr, "deploy", "--sandbox", "--yes", "--no-warm"], folder)
    assert re.search(r"✓ sync +[2-9] files ", run.said) and re.search(r"✓ invalidate +/\* ", run.said), run.said
    return run


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=pathlib.Path)
    parser.add_argument("-n", type=int, default=11)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stellarr-bench-") as name:
        folder = pathlib.Path(name)
        stellarr = prepare(folder)
        deploy = [stellarr, "deploy", "--sandbox", "--yes"]
        try:
            first = Run(deploy, folder)
            again = Run(deploy, folder)
            assert "Nothing to change" in again.said, again.said
            several = range(arguments.n)
            renders = [Run([stellarr, "render", "--out", folder / "rendered"], folder) for _ in several]
            diffs = [Run([stellarr, "diff", "--no-build", "--sandbox"], folder) for _ in several]
            noops = [Run(deploy, folder) for _ in several]
            # The first is new, and no copy of it can be stale.
            (folder / "frontend/build/note.txt").write_text("new\n")
            Run(deploy, folder)
            files = [change_file(stellarr, folder, number) for number in several]
            sources = [change_source(stellarr, folder, number) for number in range(3)]
            if arguments.peers:
                compare(arguments.peers, stellarr, folder)
        finally:
            subprocess.run([stellarr, "sandbox", "reset"], cwd=folder, stdout=subprocess.DEVNULL)
    print(f"load {os.getloadavg()[0]:.1f}, {arguments.n} runs each, medians")
    print(f"{'what':58} {'measured':>9} {'':3} {'limit':>6} ratio")
    row("render", median(renders) * 1000, "ms", 20)
    row("diff --no-build against the sandbox", median(diffs) * 1000, "ms", 150)
    row("deploy with nothing to change", median(noops) * 1000, "ms", 1000)
    row("deploy with one changed file of the site", median(files) * 1000, "ms", 2000)
    row("deploy with one changed source of the site, built by npm", median(sources) * 1000, "ms", None)
    row("peak memory of a deploy with nothing to change", median(noops, lambda run: run.memory) / 1e6, "MB", 60)
    row("the command's size", stellarr.stat().st_size / 1e6, "MB", 40)
    row("the first deploy, with everything to compile", first.seconds, "s", None)


def compare(peers, stellarr, folder):
    """The CDK on an equivalent stack and the same emulator; its script prints its own table."""
    with tempfile.TemporaryDirectory(prefix="stellarr-peers-") as place:
        environment = {
            **os.environ, "MEASURE_DIR": place, "N": "5",
            "OTHER_SYNTH": f"sh -c 'cd {folder} && {stellarr} render --out {folder}/rendered'",
            "OTHER_DIFF": f"sh -c 'cd {folder} && {stellarr} diff --no-build --sandbox'",
            "OTHER_DEPLOY": f"sh -c 'cd {folder} && {stellarr} deploy --sandbox --yes'",
        }
        if not shutil.which("aws"):
            subprocess.run(["python3", "-m", "venv", f"{place}/aws"], check=True)
            subprocess.run([f"{place}/aws/bin/pip", "install", "--quiet", "awscli"], check=True)
            environment["PATH"] = f"{place}/aws/bin:{environment['PATH']}"
        subprocess.run([peers / "cdk.sh"], env=environment, check=True)


main()
