#!/usr/bin/env python3
"""Measures the warmer, with TMDB's stand-in 50 ms away, and recommendations from 10,000 rows and 500 requests, as a Lambda
function and self-hosted. The stand-in counts calls: of recommendations there must be none.

usage: measure.py [--runs 7] STELLARR_API STELLARR_SERVER STELLARR_WARMER STELLARR_STANDIN
"""
import argparse
import asyncio
import contextlib
import hashlib
import http.client
import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from host import VERIFY, Function, Listening, Services, cpu_ms, get, heading, median, memory_mb, row
from household import partitions, token
from server import serving

FOUR = "en,es,fr,de"
FORTY = ("en,es,fr,de,it,pt,pt-BR,nl,pl,sv,da,no,fi,cs,sk,hu,ro,bg,el,tr,ru,uk,he,ar,hi,th,vi,id,ms,ko,ja,zh-CN,zh-TW,ca,eu,gl,hr,sr,"
         "sl,et")
ROWS, REQUESTS, LIBRARY, ANSWERS = 10_000, 500, 2_000, 60


@contextlib.contextmanager
def standin(program, *options):
    process = subprocess.Popen([program, "--key", "0" * 32, "--fill-pages", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def log_of(base):
    return json.load(urllib.request.urlopen(f"{base}/_standin/log"))


async def warm(program, services, base, locales):
    variables = {
        "AWS_ENDPOINT_URL": f"http://{services}", "APP_SECRET_ARN": "app", "TRENDING_S3_BUCKET": "trending", "LOCALES": locales,
        "TMDB_BASE_URL": f"{base}/3",
    }
    async with Function(program, variables) as function:
        wall, body = await function.invoke(b"{}")
        report = json.loads(body)
        assert report.get("success") and len(report["files"]) == 3 * len(locales.split(",")), body[:300]
        return {"wall": wall, "CPU": cpu_ms(function.pid), "memory": memory_mb(function.pid, "VmHWM")}


def most_in_a_second(base):
    times = sorted(entry["at"] for entry in log_of(base)["latest"])
    return max(sum(begin <= at < begin + 1_000 for at in times) for begin in times)


async def warmer(program, standin_program, runs):
    for name, locales, wall, cpu in [("4 languages", FOUR, 150, 40), ("40 languages", FORTY, 3_500, None)]:
        samples, starts = [], 0
        async with Listening(Services().reply) as services:
            for _ in range(runs):
                with standin(standin_program, "--latency", "50") as base:
                    samples.append(await warm(program, services, base, locales))
                    starts = max(starts, most_in_a_second(base))
        row(f"warmer, {name}: event to answer, cold", median([of["wall"] for of in samples]), "ms", wall)
        row(f"warmer, {name}: with its start", median([of["CPU"] for of in samples]), "ms CPU", cpu)
        row(f"warmer, {name}: most memory", median([of["memory"] for of in samples]), "MB", 15)
        row(f"warmer, {name}: most requests in a second", starts, "", 40)


async def recommend(program, services, base):
    """Returns the CPU time of the first answer and of a later one."""
    variables = {
        "AWS_ENDPOINT_URL": f"http://{services}", "DYNAMODB_TABLE": "requests", "CATALOGUE_TABLE": "catalogue", "APP_SECRET_ARN": "app",
        "ORIGIN_VERIFY_SHA256": hashlib.sha256(VERIFY.encode()).hexdigest(), "TMDB_BASE_URL": f"{base}/3",
    }
    async with Function(program, variables) as function:
        sent = get("/api/recommendations", headers={"authorization": f"Bearer {token()}", "accept-encoding": "identity"})
        start = cpu_ms(function.pid)
        _, body = await function.invoke(sent)
        answer = json.loads(json.loads(body)["body"])
        assert (len(answer["items"]), answer["source"]) == (20, "cache"), body[:300]
        first = cpu_ms(function.pid)
        for _ in range(ANSWERS):
            await function.invoke(sent)
        return first - start, (cpu_ms(function.pid) - first) / ANSWERS


async def as_lambda(program, base, runs):
    found, summary = partitions(REQUESTS, LIBRARY, ROWS)
    async with Listening(Services(found, summary).reply) as services:
        samples = [await recommend(program, services, base) for _ in range(runs)]
    row("recommendations on Lambda", median([later for _, later in samples]), "ms CPU", 25)
    row("recommendations on Lambda, the first after a start", median([first for first, _ in samples]), "ms CPU", 25)


def self_hosted(program, base):
    with serving(program, REQUESTS, LIBRARY, ROWS, {"TMDB_BASE_URL": f"{base}/3"}) as (_, address):
        connection = http.client.HTTPConnection(address)
        times = []
        for _ in range(ANSWERS + 1):
            begin = time.monotonic()
            connection.request("GET", "/api/recommendations", headers={"authorization": f"Bearer {token()}"})
            answer = json.loads(connection.getresponse().read())
            times.append((time.monotonic() - begin) * 1e3)
            assert (len(answer["items"]), answer["source"]) == (20, "cache"), answer
    row("recommendations self-hosted", median(times[1:]), "ms", 10)
    row("recommendations self-hosted, the first after a start", times[0], "ms", 10)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    for name in ["api", "server", "warmer", "standin"]:
        parser.add_argument(name)
    arguments = parser.parse_args()
    heading(arguments.runs)
    asyncio.run(warmer(arguments.warmer, arguments.standin, arguments.runs))
    with standin(arguments.standin) as base:
        asyncio.run(as_lambda(arguments.api, base, arguments.runs))
        self_hosted(arguments.server, base)
        row("calls of TMDB that recommendations made", log_of(base)["requests"], "", None)


main()
