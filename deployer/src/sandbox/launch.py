"""Starts ministack in a session of its own, and keeps its state on disk while it runs.

ministack saves its state only when it ends in good order. This saves it also when told to (SIGUSR1), and a few
seconds after a change, so that a crash or a power cut loses little. What is saved is never a stack that is half done:
a restart could not go on with it.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
import time

try:
    os.setsid()
except PermissionError:
    pass  # Already the leader of a group, which does as well.

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


async def _serve_and_note(scope, receive, send):
    if scope["type"] == "lifespan":
        await _serve(scope, _settled(receive), send)
        return
    if scope["type"] == "http":
        # Without sign-in checks ministack takes every request for plain http, and refuses the CDN what a bucket
        # gives to TLS only.
        headers = dict(scope["headers"])
        pin_request_origin((scope.get("client") or ("127.0.0.1",))[0], headers.get(b"x-forwarded-proto") == b"https")
    await _serve(scope, receive, send)
    if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
        _changed.set()


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
app.app = _serve_and_note
signal.signal(signal.SIGUSR1, _save_soon)
threading.Thread(target=_save_changes, daemon=True, name="save-changes").start()
app.main()
