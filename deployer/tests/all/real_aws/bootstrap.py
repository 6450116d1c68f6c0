#!/usr/bin/env python3
"""A Lambda function that succeeds: it returns the report of a warmer that had nothing to refresh."""

import json
import os
import urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

while True:
    with DIRECT.open(API + "next") as request:
        identity = request.headers["Lambda-Runtime-Aws-Request-Id"]
    report = {"success": True, "files": [], "durationMs": 1}
    DIRECT.open(API + identity + "/response", json.dumps(report).encode()).close()
