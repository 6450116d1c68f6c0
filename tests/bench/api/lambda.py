#!/usr/bin/env python3
"""Measures the API's Lambda binary behind a Runtime API of its own, with canned DynamoDB and Secrets Manager.

Prints medians [min-max]: init (spawn to first `next`), resident memory, and, for each path, the first and the warm
answers and the CPU time of a warm one.

usage: lambda.py [--starts 7] [--count 200] PATH/TO/stellarr-api
"""
import argparse
import asyncio
import hashlib
import json
import os
import statistics
import subprocess
import time

VERIFY = "bench"
TITLES = 1000
PATHS = ["/api/health", "/list/radarr"]


def canned():
    """Returns DynamoDB's answer to the query for films."""
    def item(number):
        return {
            "media_type": {"S": "movie"}, "tmdb_id": {"N": str(number)}, "title": {"S": f"Title {number}"},
            "created_at": {"S": f"2026-01-01T00:00:00.{number:06}+00:00"}, "year": {"N": "1922"},
            "overview": {"S": "What happens in it, told in some eighty characters, as TMDB does for most films."},
            "poster_path": {"S": f"/{number:027}.jpg"}, "imdb_id": {"S": f"tt{number:07}"}, "requested_by": {"S": "Zoe"},
        }
    items = [item(number) for number in range(1, TITLES + 1)]
    return json.dumps({"Items": items, "Count": TITLES, "ScannedCount": TITLES}, separators=(",", ":")).encode()


SECRET = json.dumps({"SecretString": json.dumps({
    "APP_SECRET_KEY": "0123456789abcdef0123456789abcdef", "PRESHARED_PASSWORD": "correct horse battery", "TMDB_API_KEY": "0" * 32,
})}).encode()


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = 0
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if b"transfer-encoding: chunked" in head:
        body = b""
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            body += (await reader.readexactly(size + 2))[:-2]
            if size == 0:
                return head, body
    return head, await reader.readexactly(length)


def answer(body, headers=b""):
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + headers + b"content-length: %d\r\n\r\n" % len(body) + body


class Services:
    """Answers for DynamoDB and Secrets Manager."""

    def __init__(self):
        self.films = canned()

    async def serve(self, reader, writer):
        try:
            while True:
                head, body = await read_request(reader)
                reply = SECRET if b"getsecretvalue" in head else b'{"Items":[],"Count":0,"ScannedCount":0}'
                if b".query" in head and b'"movie"' in body:
                    reply = self.films
                writer.write(answer(reply))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


class Runtime:
    """Hands out events and takes the answers."""

    def __init__(self):
        self.events, self.answers, self.polled = asyncio.Queue(), asyncio.Queue(), asyncio.Event()
        self.first_poll = self.handed = None

    async def serve(self, reader, writer):
        try:
            while True:
                head, body = await read_request(reader)
                if b"/invocation/next" in head.split(b"\r\n")[0]:
                    if self.first_poll is None:
                        self.first_poll = time.monotonic()
                        self.polled.set()
                    event = await self.events.get()
                    self.handed = time.monotonic()
                    writer.write(answer(event, b"lambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: 4102444800000\r\n"
                                               b"lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:1:function:x\r\n"))
                else:
                    self.answers.put_nowait((time.monotonic() - self.handed, body))
                    writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def event(path):
    return json.dumps({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {"host": "x.lambda-url.us-east-1.on.aws", "x-origin-verify": VERIFY, "x-stellarr-host": "x.cloudfront.net",
                    "x-stellarr-address": "203.0.113.9"},
        "requestContext": {"accountId": "anonymous", "apiId": "x", "domainName": "x", "requestId": "r", "routeKey": "$default",
                           "stage": "$default", "time": "", "timeEpoch": 0,
                           "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"}},
        "isBase64Encoded": False,
    }).encode()


def cpu_ms(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


def resident_mb(pid):
    line = next(line for line in open(f"/proc/{pid}/status") if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


async def measure(program, count, services):
    runtime = Runtime()
    server = await asyncio.start_server(runtime.serve, "127.0.0.1", 0, limit=1 << 24)
    environment = {
        "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % server.sockets[0].getsockname()[1],
        "AWS_LAMBDA_FUNCTION_NAME": "x", "AWS_LAMBDA_FUNCTION_VERSION": "1", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": services,
        "DYNAMODB_TABLE": "requests", "CATALOGUE_TABLE": "catalogue", "APP_SECRET_ARN": "app",
        "ORIGIN_VERIFY_SHA256": hashlib.sha256(VERIFY.encode()).hexdigest(),
    }
    started = time.monotonic()
    process = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL)
    await asyncio.wait_for(runtime.polled.wait(), 60)
    figures = {"init ms": (runtime.first_poll - started) * 1e3, "rss after init MB": resident_mb(process.pid)}
    for path in PATHS:
        sent, times = event(path), []
        for number in range(count + 1):
            if number == 1:
                before = cpu_ms(process.pid)
            runtime.events.put_nowait(sent)
            elapsed, body = await asyncio.wait_for(runtime.answers.get(), 60)
            if number == 0:
                assert json.loads(body)["statusCode"] == 200, body[:300]
                figures[f"{path} first ms"] = elapsed * 1e3
            else:
                times.append(elapsed * 1e3)
        figures[f"{path} warm ms"] = statistics.median(times)
        figures[f"{path} warm CPU ms"] = (cpu_ms(process.pid) - before) / count
    figures["rss at the end MB"] = resident_mb(process.pid)
    process.kill()
    process.wait()
    server.close()
    return figures


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("program")
    arguments = parser.parse_args()
    services = await asyncio.start_server(Services().serve, "127.0.0.1", 0, limit=1 << 24)
    address = "http://127.0.0.1:%d" % services.sockets[0].getsockname()[1]
    runs = [await measure(arguments.program, arguments.count, address) for _ in range(arguments.starts)]
    print(f"binary: {os.path.getsize(arguments.program) / 1e6:.1f} MB, load {os.getloadavg()[0]:.1f}")
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"  {name:24} {statistics.median(values):9.2f} [{min(values):.2f}-{max(values):.2f}]")
    services.close()


asyncio.run(main())
