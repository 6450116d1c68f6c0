"""The days after the first: change, look, go back, go on, repair, end. One story, in the order of the file."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

from conftest import ROOT, TARGET, Stellarr

NAME = "later"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    subprocess.run(["cargo", "build", "--locked", "--quiet", "--workspace", "--bin", "stellarr", "--test", "all"], cwd=ROOT, check=True)
    home = Stellarr(tmp_path_factory.mktemp("later"))
    yield home
    home.run("sandbox", "reset")


def rows(text):
    """What a command prints as JSON, whatever it is."""
    return json.loads(text[text.index("[") : text.rindex("]") + 1])


def config_of(home):
    return json.loads(home.fetch("/config.json")[2])


def change(home, title, *locales):
    home.configure(name=NAME, app_name=title, locales=list(locales), removal_policy="delete")


def test_the_first_day(home):
    change(home, "First", "en", "de")
    text = home.run("deploy", "--sandbox", "--yes")
    home.site = re.search(r"http://localhost:\d+", text.split("✓ verify")[1]).group()
    assert config_of(home)["locales"] == ["en", "de"]


def test_a_locale_more_is_shown_and_deployed(home):
    change(home, "Second", "en", "de", "fr")
    assert "config.json" in home.run("diff", "--sandbox", "--verbose")
    home.run("deploy", "--sandbox", "--yes")
    assert config_of(home)["locales"] == ["en", "de", "fr"]
    assert home.fetch("/trending-all-fr.json")[0] == 200


def test_releases_say_what_changed(home):
    releases = rows(home.run("releases", "--sandbox", "--json", "--quiet"))
    assert [release["sequence"] for release in releases] == [2, 1]
    assert [release["current"] for release in releases] == [True, False]
    assert "infrastructure" in releases[0]["changed"] and "site" in releases[0]["changed"]
    assert all(release["reachable"] for release in releases), releases


def test_going_back_restores_site_configuration_and_functions(home):
    assert "Going back to release 1 would change" in home.run("rollback", "--sandbox", "--dry-run")
    assert config_of(home)["app_name"] == "Second"
    began = time.monotonic()
    text = home.run("rollback", "--sandbox", "--yes")
    took = time.monotonic() - began
    config = config_of(home)
    assert (config["app_name"], config["locales"]) == ("First", ["en", "de"]), text
    assert took < 30, f"{took:.1f} s\n{text}"
    assert rows(home.run("releases", "--sandbox", "--json", "--quiet"))[0]["restores"] == 1


def test_going_on_from_there_works_as_usual(home):
    home.run("deploy", "--sandbox", "--yes")
    assert config_of(home)["app_name"] == "Second"


def test_status_is_well_and_quick(home):
    home.run("status", "--sandbox")
    took = []
    for _ in range(3):
        began = time.monotonic()
        home.run("status", "--sandbox")
        took.append(time.monotonic() - began)
    assert min(took) < 1.5, took
    print("status:", [f"{one * 1000:.0f} ms" for one in took])


def test_nothing_drifts_and_a_page_that_was_overwritten_is_put_back(home):
    assert "Everything is as it was deployed." in home.run("drift", "--sandbox", "--exit-code")
    outputs = home.data("outputs", "--sandbox")
    state = json.loads((home.folder / ".stellarr/sandbox/state.json").read_text())
    bucket = next(value for key, value in outputs.items() if "frontend" in key.lower() and "bucket" in key.lower())
    address = f"http://127.0.0.1:{state['ports']['emulator']}/{bucket}/index.html"
    key = f"Credential={state['keys']['access_key_id']}/20260101/us-east-1/s3/aws4_request"
    signed = f"authorization: AWS4-HMAC-SHA256 {key}, SignedHeaders=host, Signature=0"
    subprocess.run(["curl", "-sf", "-X", "PUT", "-H", signed, "--data-binary", "defaced", address], check=True)
    assert "index.html is missing or was changed" in home.run("drift", "--sandbox", "--exit-code", code=3)
    home.run("drift", "--sandbox", "--repair", "--yes")
    assert "<!doctype html" in home.fetch("/")[2].lower()


def test_logs_are_laid_out(home):
    assert home.fetch("/api/health")[0] == 200
    lines = home.run("logs", "api", "--sandbox")
    assert re.search(r"api +INFO +GET /api/health 200 \d+ ms", lines), lines
    first = json.loads(home.run("logs", "api", "--sandbox", "--json", "--quiet").splitlines()[0])
    assert first["function"] == "api" and first["time"]


def test_a_new_origin_value_interrupts_nobody(home):
    home.run("secrets", "rotate", "ORIGIN_VERIFY", "--yes", "--sandbox")
    assert home.fetch("/api/health")[0] == 200
    assert "Nothing to change" in home.run("deploy", "--sandbox", "--yes")


def test_an_interrupt_leaves_the_site_whole_and_the_next_run_picks_up(home):
    change(home, "Third", "en", "de", "fr", "es")
    command = [TARGET / "debug" / "stellarr", "deploy", "--sandbox", "--yes", "--config", home.config]
    environment = {key: value for key, value in os.environ.items() if key != "TMDB_API_KEY"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = []
    for line in process.stderr:
        said.append(line)
        if "publish" in line:
            process.send_signal(signal.SIGINT)
            break
    said.append(process.stderr.read())
    assert process.wait(60) == 130, "".join(said)
    assert "run the same command again" in "".join(said)
    assert config_of(home)["app_name"] in ("Second", "Third")
    assert "Nobody holds the lock" in home.run("unlock", "--sandbox")
    home.run("deploy", "--sandbox", "--yes")
    assert config_of(home)["app_name"] == "Third"


def test_the_last_day(home, tmp_path):
    saved = tmp_path / "saved.json"
    text = home.run("destroy", "--sandbox", "--yes", f"{NAME}-prod", "--delete-data", "--export", str(saved))
    assert "everything is gone" in text
    assert json.loads(saved.read_text())["requests"] == []
    assert "there is nothing to delete" in home.run("destroy", "--sandbox", "--yes", f"{NAME}-prod")
