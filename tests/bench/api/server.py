#!/usr/bin/env python3
"""Measures the self-hosted process on SQLite under wrk with 8 connections: health, the feed of 1,000 films, and the
library status with 10,000 titles and 1,000 requests, with its resident memory under that load.

usage: server.py [--seconds 5] [--wrk wrk] PATH/TO/stellarr-server
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
import time

KEY = "0123456789abcdef0123456789abcdef"


def token():
    """Signs a session as the API does."""
    def encode(data):
        return base64.urlsafe_b64encode(data).decode().rstrip("=")
    signed = f"{int(time.time())}.{encode(b'Bench')}"
    return f"{signed}.{encode(hmac.new(KEY.encode(), signed.encode(), hashlib.sha256).digest())}"


def start(program, folder):
    environment = {
        "APP_SECRET_KEY": KEY, "PRESHARED_PASSWORD": "correct horse battery", "TMDB_API_KEY": "0" * 32,
        "TRENDING_SCHEDULE": "off", "CATALOGUE_DAILY_SCHEDULE": "off", "CATALOGUE_WEEKLY_SCHEDULE": "off",
    }
    # To a file, as a service manager does; a pipe that nobody reads would stop it.
    log = os.path.join(folder, "log")
    with open(log, "w") as output:
        process = subprocess.Popen([program, "--listen", "127.0.0.1:0", "--data-dir", folder], env=environment, stdout=output)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        for line in open(log):
            if '"event":"listening"' in line:
                return process, json.loads(line)["address"]
        time.sleep(0.02)
    raise SystemExit("the server does not listen")


def fill(folder):
    database = sqlite3.connect(os.path.join(folder, "stellarr.sqlite3"))
    overview = "What happens in it, told in some eighty characters, as TMDB does for most films."
    database.executemany(
        "INSERT INTO requests (media_type, tmdb_id, title, created_at, year, overview, poster_path, imdb_id, requested_by) "
        "VALUES ('movie', ?, ?, ?, 1922, ?, ?, ?, 'Zoe')",
        [(n, f"Title {n}", f"2026-01-01T00:00:00.{n:06}+00:00", overview, f"/{n:027}.jpg", f"tt{n:07}") for n in range(1, 1001)])
    database.executemany("INSERT INTO library (media_type, tmdb_id, title, synced_at) VALUES (?, ?, 'x', 0)",
                         [("movie" if n % 3 else "tv", n) for n in range(1, 10001)])
    database.commit()
    database.close()


def resident_mb(pid):
    line = next(line for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--wrk", default="wrk")
    parser.add_argument("program")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # Once to make the tables.
        process, _ = start(arguments.program, folder)
        process.send_signal(signal.SIGTERM)
        process.wait()
        fill(folder)
        process, address = start(arguments.program, folder)
        for path in ["/api/health", "/list/radarr", "/api/library-status"]:
            command = [arguments.wrk, "-t1", "-c8", f"-d{arguments.seconds}s", "-H", f"Authorization: Bearer {token()}",
                       "-H", "Accept-Encoding: gzip", f"http://{address}{path}"]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
            failed = "Non-2xx" in output
            print(f"  {path:22} {rate:10,.0f} req/s, {resident_mb(process.pid):5.1f} MB{'  FAILED ANSWERS' if failed else ''}")
        process.send_signal(signal.SIGTERM)
        process.wait()


main()
