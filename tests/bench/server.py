"""Starts the self-hosted process for a bench."""
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from host import SECRET
from household import fill


def start(program, folder, variables):
    environment = {**SECRET, "TRENDING_SCHEDULE": "off", "CATALOGUE_DAILY_SCHEDULE": "off", "CATALOGUE_WEEKLY_SCHEDULE": "off", **variables}
    # To a file, as a service manager does; a pipe that nobody reads would stop it.
    log = Path(folder, "log")
    with log.open("w") as output:
        process = subprocess.Popen([program, "--listen", "127.0.0.1:0", "--data-dir", folder], env=environment, stdout=output)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines():
            if '"event":"listening"' in line:
                return process, json.loads(line)["address"]
        time.sleep(0.02)
    raise SystemExit("the server does not listen")


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait()


@contextlib.contextmanager
def serving(program, requested, library, catalogue=0, variables=None):
    """Serves a filled database; gives the process and its address."""
    with tempfile.TemporaryDirectory() as folder:
        # Once to make the tables.
        stop(start(program, folder, variables or {})[0])
        fill(os.path.join(folder, "stellarr.sqlite3"), requested, library, catalogue)
        process, address = start(program, folder, variables or {})
        try:
            yield process, address
        finally:
            stop(process)
