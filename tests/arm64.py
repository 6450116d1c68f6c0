"""Builds the functions for arm64 with the deployer's own build stage, and lets each answer an invocation under qemu.

Debian's toolchain builds them: its standard library for arm64 comes as a package. The functions are started as Lambda
starts them, against a Runtime API of this script's own.
"""

import http.server
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
TARGET = pathlib.Path(os.environ["CARGO_TARGET_DIR"])
HEALTH = {
    "version": "2.0", "rawPath": "/api/health", "rawQueryString": "", "headers": {"host": "example.org"},
    "requestContext": {
        "accountId": "1", "apiId": "x", "domainName": "example.org", "domainPrefix": "x", "requestId": "1", "routeKey": "$default",
        "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 1, "authentication": None,
        "http": {"method": "GET", "path": "/api/health", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t"},
    },
    "isBase64Encoded": False,
}
# Without the header that only the distribution knows, the API refuses: that it does shows its own code at work.
# A scheduled function answers with its report, or with the reason why it could not begin.
SCHEDULED = ({}, lambda answer: "errorMessage" in answer or "success" in answer)
CASES = {
    "api": (HEALTH, lambda answer: answer["statusCode"] == 403),
    "warmer": ({"locales": ["xx-not-configured"]}, lambda answer: "errorMessage" in answer or "success" in answer),
    "fetcher": ({"scheduleType": "unknown"}, lambda answer: "errorMessage" in answer or answer.get("success") is False),
}


class RuntimeApi(http.server.BaseHTTPRequestHandler):
    """Hands out one event and keeps the answer."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.server.handed_out:
            self.server.done.wait(60)
            self.close_connection = True
            return
        self.server.handed_out = True
        self.send_response(200)
        body = json.dumps(self.server.event).encode()
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": "1", "Lambda-Runtime-Deadline-Ms": "4102444800000",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:x",
            "Content-Type": "application/json", "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # A streamed answer has its head before eight zero bytes.
        self.server.answer = json.loads(body.split(b"\0" * 8)[0] or b"{}")
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.done.set()


def invoke(bootstrap, event):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RuntimeApi)
    server.event, server.handed_out, server.answer, server.done = event, False, None, threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        "PATH": os.environ["PATH"], "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}",
        "AWS_LAMBDA_FUNCTION_NAME": "test", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256", "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_LOG_GROUP_NAME": "g", "AWS_LAMBDA_LOG_STREAM_NAME": "s", "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "DYNAMODB_TABLE": "t", "CATALOGUE_TABLE": "c", "APP_SECRET_ARN": "a", "TRENDING_S3_BUCKET": "b", "LOCALES": "en",
        "ORIGIN_VERIFY_SHA256": "0" * 64, "TMDB_BASE_URL": "http://127.0.0.1:9/3",
    }
    process = subprocess.Popen(["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu", bootstrap], env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        answered = server.done.wait(90)
    finally:
        process.kill()
        output = process.communicate()[0].decode(errors="replace")
        server.shutdown()
    assert answered, f"no answer within 90 seconds; the function said:\n{output}"
    return server.answer


def main():
    folder = str(TARGET.parent / "target-arm64")
    environment = {
        **os.environ, "CARGO": "/usr/bin/cargo", "RUSTC": "/usr/bin/rustc", "CARGO_TARGET_DIR": folder, "CARGO_BUILD_BUILD_DIR": folder,
        "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": "aarch64-linux-gnu-gcc", "CC_aarch64_unknown_linux_gnu": "aarch64-linux-gnu-gcc",
        # Optimising takes most of the time of a real build, and changes nothing that is looked at here.
        "CARGO_PROFILE_LAMBDA_LTO": "off", "CARGO_PROFILE_LAMBDA_CODEGEN_UNITS": "16", "CARGO_PROFILE_LAMBDA_OPT_LEVEL": "0",
    }
    subprocess.run(["cargo", "build", "--locked", "--quiet", "--workspace", "--bin", "stellarr", "--test", "all"], cwd=ROOT, check=True)
    stellarr = TARGET / "debug" / "stellarr"
    first = json.loads(subprocess.run([stellarr, "build", "--json"], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    # From scratch but for cargo's own work: zipping again has to give the same bytes.
    shutil.rmtree(ROOT / ".stellarr" / "build" / "arm64", ignore_errors=True)
    second = json.loads(subprocess.run([stellarr, "build", "--json"], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE).stdout)
    assert [a["sha256"] for a in first] == [a["sha256"] for a in second], "the zips are not reproducible"
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for artifact in second:
            name = artifact["function"]
            event, fits = CASES.get(name, SCHEDULED)
            with zipfile.ZipFile(artifact["path"]) as archive:
                assert archive.namelist() == ["bootstrap"]
                archive.extractall(folder)
            bootstrap = pathlib.Path(folder) / "bootstrap"
            bootstrap.chmod(0o755)
            answer = invoke(bootstrap, event)
            fine = fits(answer)
            failed += not fine
            print(f"{'ok' if fine else 'WRONG'}: {name}, {artifact['size'] / 1e6:.1f} MB, answered {json.dumps(answer)[:120]}")
    print(f"arm64: {len(second) - failed} passed, {failed} failed")
    sys.exit(bool(failed))


main()
