"""Starts ministack in a session of its own, and keeps its state on disk while it runs.

ministack saves its state only when it ends in good order. This saves it also when told to (SIGUSR1), and a few
seconds after a change, so that a crash or a power cut loses little. What is saved is never a stack that is half done:
a restart could not go on with it.

And it keeps web pages out: a page in a browser on this computer can send requests to any port, and ministack checks
neither where they come from nor who signed them, though they can have it run a program. So whoever asks for a service
shows this sandbox's access key, and the CDN proxy, which passes on what viewers send, shows a key of its own. What the CDN proxy
passes on reaches the distribution alone: ministack answers many paths before it looks at the Host, some of them to
administrators, and reads them decoded.
"""

import asyncio
import contextvars
import hmac
import logging
import os
import re
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

try:
    os.setsid()
except PermissionError:
    pass  # Already the leader of a group, which does as well.

from ministack.core import lambda_runtime

KEY = os.environ["AWS_ACCESS_KEY_ID"].encode()
# Not for the functions, which inherit the environment.
EDGE = os.environ.pop("STELLARR_SANDBOX_EDGE").encode()
_hosts = [f"{name}:{os.environ['GATEWAY_PORT']}".encode() for name in ("127.0.0.1", "localhost")]
_execution_credentials = lambda_runtime.execution_credentials


def _with_our_key(config):
    """The functions' credentials; ministack's own are the account's number, which any page knows."""
    return {**_execution_credentials(config), "AWS_ACCESS_KEY_ID": KEY.decode()}


# Before ministack's other modules take it from there.
lambda_runtime.execution_credentials = _with_our_key

from ministack import app
from ministack.core import persistence
from ministack.core.iam_evaluator import pin_request_origin

PAUSE = 10.0
# How long an end waits for stacks that are being created or changed.
SETTLE = 20.0
GLANCE = 0.1
# One line for each of a hundred services at every save is none that anybody reads.
logging.getLogger("persistence").setLevel(logging.WARNING)
_changed = threading.Event()


def _unsettled():
    """Lists the stacks that something is being done to."""
    module = sys.modules.get("ministack.services.cloudformation")
    stacks = list(module._stacks._data.values()) if module else []
    return [stack for stack in stacks
            if stack["StackStatus"].endswith("_IN_PROGRESS") and stack["StackStatus"] != "REVIEW_IN_PROGRESS"]


def _save():
    """Writes everything down; runs on the event loop, between two requests."""
    if _unsettled():
        app._MAIN_LOOP.call_later(GLANCE, _save)
        return
    _changed.clear()
    persistence.save_all(app._build_persistence_save_dict())
    stamp = os.path.join(persistence.STATE_DIR, "saved")
    with open(stamp + ".new", "w") as file:
        file.write(f"{time.time()}\n")
    os.replace(stamp + ".new", stamp)


def _save_soon(*_):
    loop = app._MAIN_LOOP
    if loop is not None and not loop.is_closed():
        loop.call_soon_threadsafe(_save)


def _save_changes():
    while True:
        _changed.wait()
        time.sleep(PAUSE)
        _save_soon()


_load = app._load_persisted_state


def _load_settled():
    """Loads the state, in which nobody goes on with a stack that was too slow for the end before."""
    _load()
    for stack in _unsettled():
        status = stack["StackStatus"]
        failed = "CREATE_FAILED" if status.startswith(("CREATE", "ROLLBACK")) else "UPDATE_ROLLBACK_FAILED"
        stack["StackStatus"] = "DELETE_FAILED" if status.startswith("DELETE") else failed


_serve = app.app
_of_edge = contextvars.ContextVar("of_edge", default=False)
_before_body, _shortcuts, _special = app._handle_pre_body_request, app._handle_post_body_shortcuts, app._handle_special_data_plane_request


async def _before_body_of_services(*arguments):
    return None if _of_edge.get() else await _before_body(*arguments)


async def _shortcuts_of_services(*arguments):
    return None if _of_edge.get() else await _shortcuts(*arguments)


async def _distribution_alone(method, path, headers, body, query, request_id, raw_path=None, raw_query_string="", client_ip="127.0.0.1"):
    """Answers what the CDN proxy passes on by its distribution, and everything else as ministack does."""
    where = {"raw_path": raw_path, "raw_query_string": raw_query_string, "client_ip": client_ip}
    if not _of_edge.get():
        return await _special(method, path, headers, body, query, request_id, **where)
    answer = await app._handle_cloudfront_dataplane_request(
        headers.get("host", ""), path, raw_path or path, raw_query_string, method, headers, body, query, client_ip)
    return answer or (404, {"Content-Type": "text/plain"}, b"There is no such distribution.\n")


async def _serve_and_note(scope, receive, send):
    if scope["type"] == "lifespan":
        await _serve(scope, _settled(receive), send)
        return
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1008})
        return
    _of_edge.set(hmac.compare_digest(_only(scope["headers"], b"x-stellarr-edge") or b"", EDGE))
    why = _refusal(scope["headers"])
    if why:
        text = f"The sandbox's AWS refused this request: {why}.\n".encode()
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode()), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": text})
        return
    # Without sign-in checks ministack takes every request for plain http, and refuses the CDN what a bucket gives to
    # TLS only.
    https = _only(scope["headers"], b"x-forwarded-proto") == b"https"
    pin_request_origin((scope.get("client") or ("127.0.0.1",))[0], https)
    # The origins, among them the functions, do not see the CDN proxy's key.
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"x-stellarr-edge"]
    await _serve(scope, receive, _without_cors(send))
    if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
        _changed.set()


def _only(headers, name):
    """The value of a header that is there once."""
    values = [value for key, value in headers if key == name]
    return values[0] if len(values) == 1 else None


def _refusal(headers):
    """Returns the reason for refusing a request; None when it is answered."""
    host = (_only(headers, b"host") or b"").lower()
    if _of_edge.get():
        return None if host.endswith(b".cloudfront.net") else "its Host is not a distribution"
    if host not in _hosts:
        return "its Host is not this computer"
    names = [name for name, _ in headers]
    if b"origin" in names or b"sec-fetch-site" in names and _only(headers, b"sec-fetch-site") not in (b"none", b"same-origin"):
        return "a web page sent it"
    key = re.match(rb"AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)/", _only(headers, b"authorization") or b"")
    if not key or not (hmac.compare_digest(key[1], KEY) or _is_of_a_role(key[1].decode(errors="replace"))):
        return "it is not signed with this sandbox's access key, whose id is in .stellarr/sandbox/state.json"
    return None


def _is_of_a_role(key):
    """Says whether a role was assumed under this key, which takes a request with this sandbox's own."""
    sts = sys.modules.get("ministack.services.sts")
    return sts is not None and key in sts._sessions


_parse = BaseHTTPRequestHandler.parse_request


def _parse_of_programs(handler):
    """Reads a request to ministack's other ports, where the functions take their events from; no browser may."""
    if not _parse(handler):
        return False
    host = (handler.headers.get("host") or "").rpartition(":")[0]
    if host in ("127.0.0.1", "localhost") and "origin" not in handler.headers and "sec-fetch-site" not in handler.headers:
        return True
    handler.send_error(403)
    return False


def _without_cors(send):
    """Removes the CORS headers, with which pages of other sites could read an answer."""
    async def pass_on(message):
        if message["type"] == "http.response.start":
            headers = message.get("headers", [])
            kept = [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)
    return pass_on


def _settled(receive):
    """Lets the server end, and so save, only once no stack is half done."""
    async def wait():
        message = await receive()
        deadline = time.monotonic() + SETTLE
        while message["type"] == "lifespan.shutdown" and _unsettled() and time.monotonic() < deadline:
            await asyncio.sleep(GLANCE)
        return message
    return wait


app._load_persisted_state = _load_settled
app._handle_pre_body_request = _before_body_of_services
app._handle_post_body_shortcuts = _shortcuts_of_services
app._handle_special_data_plane_request = _distribution_alone
app.app = _serve_and_note
BaseHTTPRequestHandler.parse_request = _parse_of_programs
signal.signal(signal.SIGUSR1, _save_soon)
threading.Thread(target=_save_changes, daemon=True, name="save-changes").start()
app.main()
