"""What the benches of the functions share: a Runtime API, canned DynamoDB, S3 and Secrets Manager, and the table."""
import asyncio
import json
import os
import statistics
import subprocess
import time

VERIFY = "bench"
KEY = "0123456789abcdef0123456789abcdef"
SECRET = {"APP_SECRET_KEY": KEY, "PRESHARED_PASSWORD": "correct horse battery", "TMDB_API_KEY": "0" * 32}


def heading(runs):
    print(f"load {os.getloadavg()[0]:.1f}, {runs} runs each, medians")
    print(f"{'what':58} {'measured':>9} {'':5} {'limit':>7} ratio")


def row(what, value, unit, limit=None, at_least=False):
    """Prints one figure; its ratio is below 1 where the limit is kept."""
    ratio = "" if limit is None else f"{(limit / value if at_least else value / limit):5.2f}"
    number = f"{value:9,.0f}" if value >= 1000 else f"{value:9.2f}"
    bound = "–" if limit is None else f"{'≥' if at_least else '≤'}{limit:,}"
    print(f"{what:58} {number} {unit:5} {bound:>7} {ratio}", flush=True)


def median(values):
    return statistics.median(values)


def cpu_ms(pid):
    """Adds up what the scheduler gave to each thread of a process."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e6


def memory_mb(pid, name="VmRSS"):
    """Returns the resident memory of a process; `VmHWM` is the most that it ever had."""
    with open(f"/proc/{pid}/status") as file:
        line = next(line for line in file if line.startswith(name + ":"))
    return int(line.split()[1]) / 1024


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    lower = head.lower()
    for line in lower.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if b"transfer-encoding: chunked" in lower:
        body = b""
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            body += (await reader.readexactly(size + 2))[:-2]
            if size == 0:
                return head, body
    return head, await reader.readexactly(length)


def answer(body, headers=b"", status=b"200 OK"):
    return b"HTTP/1.1 " + status + b"\r\ncontent-type: application/json\r\n" + headers + b"content-length: %d\r\n\r\n" % len(body) + body


class Listening:
    """Serves `reply(head, body)`, which gives bytes or will give them, on a port of its own."""

    def __init__(self, reply):
        self.reply, self.tasks = reply, set()

    async def serve(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        try:
            while True:
                result = self.reply(*await read_request(reader))
                writer.write(await result if asyncio.iscoroutine(result) else result)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 24)
        return "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_):
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class Services:
    """Secrets Manager, an empty S3, and DynamoDB that gives the canned items of each partition, best score first."""

    def __init__(self, partitions=None, summary=None):
        self.partitions, self.summary, self.encoded = partitions or {}, summary, {}

    def query(self, body):
        values = body["ExpressionAttributeValues"]
        name = values.get(":partition", values.get(":list", {"S": ""}))["S"]
        wanted = (name, body.get("Limit"), body.get("ProjectionExpression"))
        if wanted not in self.encoded:
            items = self.partitions.get(name, [])
            if "score" in (items or [{}])[0]:
                items = sorted(items, key=lambda item: -float(item["score"]["N"]))
            items = items[:body.get("Limit")]
            if projection := body.get("ProjectionExpression"):
                names = [body["ExpressionAttributeNames"].get(name, name) for name in projection.split(", ")]
                items = [{name: item[name] for name in names if name in item} for item in items]
            self.encoded[wanted] = json.dumps({"Items": items, "Count": len(items), "ScannedCount": len(items)}).encode()
        return self.encoded[wanted]

    def reply(self, head, body):
        method, _, rest = head.partition(b" ")
        target = next((line.split(b":", 1)[1].strip().decode() for line in head.split(b"\r\n") if line.lower().startswith(b"x-amz-target:")), "")
        operation = target.rpartition(".")[2]
        if operation == "GetSecretValue":
            return answer(json.dumps({"SecretString": json.dumps(SECRET), "VersionId": "1"}).encode())
        if operation == "Query":
            return answer(self.query(json.loads(body)))
        if operation == "BatchGetItem":
            asked = json.loads(body)["RequestItems"]
            found = [self.summary] if self.summary and b"SUMMARY" in body else []
            return answer(json.dumps({"Responses": {table: found for table in asked}, "UnprocessedKeys": {}}).encode())
        if operation:
            return answer(b"{}")
        if method == b"PUT":
            return answer(b"", b'etag: "0"\r\n')
        missing = b"" if method == b"HEAD" else b"<Error><Code>NoSuchKey</Code></Error>"
        return answer(missing, status=b"404 Not Found")


class Function:
    """A function's binary behind a Runtime API: hands it events, and takes its answers with the time they took."""

    def __init__(self, program, variables):
        self.program, self.variables = program, variables
        self.events, self.answers, self.polled = asyncio.Queue(), asyncio.Queue(), asyncio.Event()
        self.first_poll = self.handed = None

    async def reply(self, head, body):
        if b"/invocation/next" not in head.split(b"\r\n")[0]:
            self.answers.put_nowait(((time.monotonic() - self.handed) * 1e3, body))
            return b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
        if self.first_poll is None:
            self.first_poll = time.monotonic()
            self.polled.set()
        event = await self.events.get()
        self.handed = time.monotonic()
        return answer(event, b"lambda-runtime-aws-request-id: 1\r\nlambda-runtime-deadline-ms: 4102444800000\r\n"
                             b"lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:1:function:x\r\n")

    async def __aenter__(self):
        self.listening = Listening(self.reply)
        address = await self.listening.__aenter__()
        environment = {
            "AWS_LAMBDA_RUNTIME_API": address, "AWS_LAMBDA_FUNCTION_NAME": "bench", "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            **self.variables,
        }
        started = time.monotonic()
        self.process = subprocess.Popen([self.program], env=environment, stdout=subprocess.DEVNULL)
        await asyncio.wait_for(self.polled.wait(), 60)
        self.init_ms = (self.first_poll - started) * 1e3
        self.pid = self.process.pid
        return self

    async def __aexit__(self, *_):
        self.process.kill()
        self.process.wait()
        await self.listening.__aexit__()

    async def invoke(self, event):
        self.events.put_nowait(event)
        return await asyncio.wait_for(self.answers.get(), 60)


def get(path, query="", headers=None):
    """Makes the event of a GET that came through the CDN."""
    return json.dumps({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {"host": "x.lambda-url.us-east-1.on.aws", "x-origin-verify": VERIFY, "x-stellarr-host": "x.cloudfront.net",
                    "x-stellarr-address": "203.0.113.9", "accept-encoding": "gzip, br", **(headers or {})},
        "requestContext": {"accountId": "anonymous", "apiId": "x", "domainName": "x", "requestId": "r", "routeKey": "$default",
                           "stage": "$default", "time": "", "timeEpoch": 0,
                           "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"}},
        "isBase64Encoded": False,
    }).encode()
