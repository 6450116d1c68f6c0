"""Starts ministack in a session of its own, and keeps its state on disk while it runs.

ministack saves its state only when it ends in good order. This saves it also when told to (SIGUSR1), and a few
seconds after a change, so that a crash or a power cut loses little.
"""

import logging
import os
import signal
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
# One line for each of a hundred services at every save is none that anybody reads.
logging.getLogger("persistence").setLevel(logging.WARNING)
_changed = threading.Event()


def _save():
    """Writes everything down; runs on the event loop, between two requests."""
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


_serve = app.app


async def _noting_changes(scope, receive, send):
    if scope["type"] == "http":
        # Without sign-in checks ministack takes every request for plain http, and refuses the CDN what a bucket
        # gives to TLS only.
        headers = dict(scope["headers"])
        pin_request_origin((scope.get("client") or ("127.0.0.1",))[0], headers.get(b"x-forwarded-proto") == b"https")
    await _serve(scope, receive, send)
    if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD", "OPTIONS"):
        _changed.set()


app.app = _noting_changes
signal.signal(signal.SIGUSR1, _save_soon)
threading.Thread(target=_save_changes, daemon=True, name="save-changes").start()
app.main()
