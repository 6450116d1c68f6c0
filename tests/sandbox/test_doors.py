"""Pages of other sites, in a real browser, against a sandbox that runs: they read nothing and have nothing done."""

import base64
import contextlib
import http.server
import io
import json
import os
import queue
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
import zipfile

import pytest

from conftest import ROOT, TARGET

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FOREIGN = "evil.example"
FAULT = {"path": "/3/search/movie", "action": {"kind": "respond", "status": 401}}

PAGE = """<!doctype html><title>A page of another site</title><script>
const {emulators, sites, standins, create, fault} = %s;
const said = [];
async function attempt(url, init) {
  try {
    const answer = await fetch(url, init);
    said.push([url, init.mode || 'cors', answer.type, await answer.text()]);
  } catch (error) {
    said.push([url, init.mode || 'cors', 'error', String(error)]);
  }
}
(async () => {
  for (const emulator of emulators) {
    await attempt(emulator + '/2015-03-31/functions', {method: 'POST', mode: 'no-cors', body: JSON.stringify(create)});
    await attempt(emulator + '/2015-03-31/functions/evil/invocations', {method: 'POST', mode: 'no-cors', body: '{}'});
    await attempt(emulator + '/2015-03-31/functions', {method: 'POST', body: JSON.stringify(create)});
    await attempt(emulator + '/2015-03-31/functions/evil/invocations', {method: 'POST', body: '{}'});
    await attempt(emulator + '/', {method: 'POST', body: '{"SecretId": "story"}', headers: {
      'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue',
      'authorization': 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0'}});
    await attempt(emulator + '/_ministack/reset', {method: 'POST', mode: 'no-cors'});
  }
  for (const standin of standins) {
    await attempt(standin + '/_standin/faults', {method: 'POST', mode: 'no-cors', body: JSON.stringify(fault)});
    await attempt(standin + '/_standin/log', {});
  }
  for (const site of sites) await attempt(site + '/', {});
  await fetch('/report', {method: 'POST', body: JSON.stringify(said)});
})();
</script>"""


def function(marker):
    """A function that leaves a mark on this computer when it runs."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.py", f"def handler(event, context):\n    open({str(marker)!r}, 'w').close()\n")
    return base64.b64encode(archive.getvalue()).decode()


def creation(name, marker):
    role = "arn:aws:iam::000000000000:role/any"
    return {"FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler", "Role": role, "Code": {"ZipFile": function(marker)}}


class Sandbox:
    def __init__(self, folder):
        self.command = [TARGET / "debug" / "stellarr", "sandbox", "--config", folder / "stellarr.yaml"]
        subprocess.run([*self.command, "up"], check=True, timeout=300)
        state = json.loads((folder / ".stellarr/sandbox/state.json").read_text())
        self.ports, self.key = state["ports"], state["keys"]["access_key_id"]

    def ask(self, service, path, body, **headers):
        scope = f"Credential={self.key}/20260101/us-east-1/{service}/aws4_request"
        headers = {"authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0", **headers}
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['emulator']}{path}", body, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read().decode()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    subprocess.run(["cargo", "build", "--locked", "--quiet", "--workspace", "--bin", "stellarr", "--test", "all"], cwd=ROOT, check=True)
    sandbox = Sandbox(tmp_path_factory.mktemp("doors"))
    yield sandbox
    subprocess.run([*sandbox.command, "reset"], check=True, timeout=60)


@contextlib.contextmanager
def serving(page, reports):
    """Serves the page of the other site, and takes what it reports."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self, text):
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self):
            self.answer(page if self.path == "/" else b"")

        def do_POST(self):
            reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.answer(b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def chromium(profile, *arguments):
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-proxy-server", f"--user-data-dir={profile}"]
    # A foreign name that resolves to this computer, as after DNS rebinding.
    return [CHROMIUM, *options, f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1", *arguments]


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium: set CHROMIUM")
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", FOREIGN])
def test_a_page_of_another_site_runs_nothing_and_reads_nothing(sandbox, tmp_path, name):
    marker, ours = tmp_path / "evil-ran", tmp_path / "good-ran"
    # Its own orders are the ones that are carried out for who has the key.
    good = f"good-{name.replace('.', '-')}"
    sandbox.ask("lambda", "/2015-03-31/functions", json.dumps(creation(good, ours)).encode(), **{"content-type": "text/plain"})
    sandbox.ask("lambda", f"/2015-03-31/functions/{good}/invocations", b"{}", **{"content-type": "text/plain"})
    assert ours.exists()
    secret = json.dumps({"Name": "story", "SecretString": "kept-to-itself"}).encode()
    with contextlib.suppress(urllib.error.HTTPError):
        json_type = {"content-type": "application/x-amz-json-1.1"}
        sandbox.ask("secretsmanager", "/", secret, **json_type, **{"x-amz-target": "secretsmanager.CreateSecret"})

    hosts = ["127.0.0.1", "localhost", FOREIGN]
    addresses = {f"{part}s": [f"http://{host}:{sandbox.ports[part]}" for host in hosts] for part in ("emulator", "site", "standin")}
    page = (PAGE % json.dumps({**addresses, "create": creation("evil", marker), "fault": FAULT})).encode()
    reports = queue.Queue()
    with serving(page, reports) as port:
        browser = subprocess.Popen(
            chromium(tmp_path / "profile", "--remote-debugging-port=0", f"http://{name}:{port}/"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            said = reports.get(timeout=120)
        finally:
            browser.terminate()
            browser.wait(30)
    # Everything was tried, and nothing could be read.
    assert len(said) == 3 * (6 + 2 + 1)
    read = [(url, text) for url, _, kind, text in said if kind not in ("error", "opaque")]
    assert read == []
    assert not marker.exists()
    assert '"evil"' not in sandbox.ask("lambda", "/2015-03-31/functions", None)
    kept = json.dumps({"SecretId": "story"}).encode()
    text = sandbox.ask("secretsmanager", "/", kept, **json_type, **{"x-amz-target": "secretsmanager.GetSecretValue"})
    assert "kept-to-itself" in text
    with urllib.request.urlopen(f"http://127.0.0.1:{sandbox.ports['standin']}/_standin/faults", timeout=10) as answer:
        assert json.load(answer)["rules"] == []


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium: set CHROMIUM")
def test_another_name_for_this_computer_opens_nothing(sandbox, tmp_path):
    def shown(host, part, path):
        command = chromium(tmp_path / "profile", "--dump-dom", f"http://{host}:{sandbox.ports[part]}{path}")
        return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout

    assert "Nothing is deployed here yet" in shown("localhost", "site", "/")
    poster = "/t/p/w342/movie653de.jpg"
    assert "<svg" in shown("localhost", "standin", poster)
    for part, path in [("site", "/"), ("standin", poster), ("emulator", "/_ministack/health")]:
        assert "refused this request: its Host is not this computer" in shown(FOREIGN, part, path)
