#!/usr/bin/env python3
"""Measures the API as a Lambda function, on canned DynamoDB and Secrets Manager, and self-hosted on SQLite.

usage: measure.py [--starts 7] [--count 200] [--seconds 4] STELLARR_API STELLARR_SERVER LOAD
"""
import argparse
import asyncio
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import deflate

sys.path.insert(0, str(Path(__file__).parent.parent))
from host import VERIFY, Function, Listening, Services, cpu_ms, get, heading, median, memory_mb, row
from household import partitions, token
from server import serving

TITLES, LIBRARY = 1_000, 10_000


async def lambda_run(program, services, count):
    variables = {
        "AWS_ENDPOINT_URL": f"http://{services}", "DYNAMODB_TABLE": "requests", "CATALOGUE_TABLE": "catalogue", "APP_SECRET_ARN": "app",
        "ORIGIN_VERIFY_SHA256": hashlib.sha256(VERIFY.encode()).hexdigest(),
    }
    async with Function(program, variables) as function:
        figures = {"init": function.init_ms, "init CPU": cpu_ms(function.pid), "memory": memory_mb(function.pid)}
        signed = {"authorization": f"Bearer {token()}"}
        for path in ["/api/health", "/list/radarr", "/api/library-status"]:
            sent = get(path, headers=signed)
            first, body = await function.invoke(sent)
            assert json.loads(body)["statusCode"] == 200, body[:300]
            before, times = cpu_ms(function.pid), []
            for _ in range(count):
                times.append((await function.invoke(sent))[0])
            figures |= {f"{path} first": first, f"{path} wall": median(times), f"{path} CPU": (cpu_ms(function.pid) - before) / count}
        return figures | {"memory at the end": memory_mb(function.pid)}


async def as_lambda(program, starts, count):
    found, summary = partitions(TITLES, LIBRARY, 0)
    async with Listening(Services(found, summary).reply) as address:
        runs = [await lambda_run(program, address, count) for _ in range(starts)]

    def of(name):
        return median([run[name] for run in runs])
    # As the deployer packs it; the archive's own entries are some hundred bytes.
    packed = len(deflate.deflate_compress(Path(program).read_bytes(), 12))
    row("Lambda: start to the first call for work", of("init"), "ms", 5)
    row("Lambda: the start's own share of it", of("init CPU"), "ms CPU")
    row("Lambda: memory after the start", of("memory"), "MB", 10)
    row("Lambda: /api/health", of("/api/health wall"), "ms", 0.3)
    row(f"Lambda: /list/radarr of {TITLES:,} films", of("/list/radarr CPU"), "ms CPU", 1.5)
    row("Lambda: the same, the first time", of("/list/radarr first"), "ms")
    row(f"Lambda: /api/library-status, {LIBRARY:,} titles and {TITLES:,} requests", of("/api/library-status CPU"), "ms CPU")
    row("Lambda: the same, the first time", of("/api/library-status first"), "ms")
    row("Lambda: memory at the end", of("memory at the end"), "MB")
    row("Lambda: the function's zip, for this machine's processor", packed / 1e6, "MB", 3)


def self_hosted(program, load, seconds):
    limits = {"/api/health": 40_000, "/list/radarr": 3_000, "/api/library-status": 1_500}
    most = 0
    with serving(program, TITLES, LIBRARY) as (process, address):
        for path, limit in limits.items():
            command = [load, address, path, "8", str(seconds), token()]
            rates = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(3)]
            most = max(most, memory_mb(process.pid))
            row(f"self-hosted, 8 connections: {path}", median(rates), "req/s", limit, at_least=True)
    row("self-hosted: memory under that load", most, "MB", 40)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("api")
    parser.add_argument("server")
    parser.add_argument("load")
    arguments = parser.parse_args()
    heading(arguments.starts)
    asyncio.run(as_lambda(arguments.api, arguments.starts, arguments.count))
    self_hosted(arguments.server, arguments.load, arguments.seconds)


main()
