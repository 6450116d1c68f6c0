#!/usr/bin/env python3
"""A Lambda function without a runtime of its own: answers with what it was asked, as a Function URL's target."""

import json
import os
import urllib.request

API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))

while True:
    with DIRECT.open(API + "next") as request:
        event = json.load(request)
        identity = request.headers["Lambda-Runtime-Aws-Request-Id"]
    print("asked for", event.get("rawPath"), flush=True)
    headers = event.get("headers", {})
    body = {
        "path": event.get("rawPath"),
        "query": event.get("rawQueryString"),
        "body": event.get("body"),
        "viewer": headers.get("x-stellarr-address"),
        "host": headers.get("x-stellarr-host"),
        "forwarded": headers.get("x-forwarded-for"),
        "private": os.environ.get("TMDB_API_KEY"),
        "key": os.environ.get("AWS_ACCESS_KEY_ID"),
        "runtime": os.environ["AWS_LAMBDA_RUNTIME_API"],
        "edge": [name for name in [*headers, *os.environ] if "edge" in name.lower().replace("-", "_").split("_")],
    }
    answer = {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": json.dumps(body),
    }
    DIRECT.open(API + identity + "/response", json.dumps(answer).encode()).close()
