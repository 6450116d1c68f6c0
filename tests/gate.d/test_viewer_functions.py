"""CloudFront's functions, run by node: which pages they rewrite, and what they tell the API."""

import json
import shutil
import subprocess
import unittest
from pathlib import Path

FUNCTIONS = Path(__file__).resolve().parents[2] / "templates" / "main" / "viewer"
# CloudFront's limit for the code of a function.
LARGEST = 10 * 1024


def run(name, events):
    """What the function makes of each event."""
    code = (FUNCTIONS / name).read_text(encoding="utf-8")
    node = shutil.which("node")
    if not node:
        raise AssertionError("node is not installed; `tests/run` says what it needs")
    # Strict, as CloudFront runs it, and without anything of node's in reach.
    program = f"""
        const context = require('vm').createContext({{}});
        require('vm').runInContext({json.dumps("'use strict';" + code)}, context);
        const events = {json.dumps(events)};
        console.log(JSON.stringify(events.map(event => context.handler(event))));
    """
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class SpaRoutes(unittest.TestCase):
    def test_pages_are_the_app_and_files_are_files(self):
        app = "/index.html"
        cases = {
            "/": app,
            "/requests": app,
            "/requests/": app,
            "/title/movie/603": app,
            "/v1.2/page": app,
            "/index.html": "/index.html",
            "/favicon.ico": "/favicon.ico",
            "/missing.js": "/missing.js",
            "/config.json": "/config.json",
            "/_app/immutable/chunks/x": "/_app/immutable/chunks/x",
            "/.well-known/security": "/.well-known/security",
        }
        made = run("spa-routes.js", [{"request": {"uri": uri, "headers": {}}} for uri in cases])
        self.assertEqual(cases, dict(zip(cases, (request["uri"] for request in made))))


class ViewerHeaders(unittest.TestCase):
    def test_the_viewers_host_and_address_replace_what_was_claimed(self):
        claimed = {
            "host": {"value": "requests.example.org"},
            "x-stellarr-host": {"value": "evil.example"},
            "x-stellarr-address": {"value": "127.0.0.1"},
            "authorization": {"value": "Bearer x"},
        }
        (made,) = run("viewer-headers.js", [{"viewer": {"ip": "2001:db8::1"}, "request": {"uri": "/api/x", "headers": claimed}}])
        expected = {
            **claimed,
            "x-stellarr-host": {"value": "requests.example.org"},
            "x-stellarr-address": {"value": "2001:db8::1"},
        }
        self.assertEqual(expected, made["headers"])

    def test_a_request_without_host_claims_none(self):
        (made,) = run("viewer-headers.js", [{"viewer": {"ip": "192.0.2.1"}, "request": {"uri": "/", "headers": {}}}])
        self.assertEqual("", made["headers"]["x-stellarr-host"]["value"])


class Size(unittest.TestCase):
    def test_both_fit(self):
        for path in FUNCTIONS.glob("*.js"):
            self.assertLess(path.stat().st_size, LARGEST, path.name)


if __name__ == "__main__":
    unittest.main()
