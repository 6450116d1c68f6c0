"""Deploy, redeploy, change, look, destroy: in the order of the file, on one deployment."""

import json
import os
import pathlib
import re
import time
import urllib.error
import urllib.parse
import urllib.request

NAME = "story"
ROOT = pathlib.Path(__file__).resolve().parents[2]


def processes_of(folder):
    """Processes whose environment or command line names the deployment's folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            said = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in said and b"pytest" not in said:
            found.append((entry.name, (entry / "cmdline").read_bytes()))
    return found


def test_one_command_puts_everything_up(stellarr):
    stellarr.configure(name=NAME, app_name="First", locales=["en", "de"], removal_policy="delete")
    text = stellarr.run("deploy", "--sandbox", "--yes")
    for stage in ("build", "render", "bootstrap", "secrets", "publish", "apply", "sync", "warm", "verify"):
        assert re.search(rf"^✓ {stage}\b", text, re.M), f"no {stage} in:\n{text}"
    stellarr.first_deploy = text
    stellarr.site = re.search(r"http://localhost:\d+", text.split("✓ verify")[1]).group()
    stellarr.password = re.search(r"password: (\S+)", text).group(1)
    assert len(stellarr.password) >= 12


def test_the_guide_shows_what_a_deploy_says(stellarr):
    guide = (ROOT / "docs/getting-started.md").read_text()
    shown = re.search(r"^\$ stellarr deploy --sandbox\n(.*?)^```", guide, re.M | re.S).group(1)
    said = [re.sub(r"[\d.]+ (MB|KB|s)\b", "", line).split() for line in stellarr.first_deploy.splitlines()]
    stages = [line.split()[:2] for line in shown.splitlines() if line.startswith("✓")]
    assert stages == [line[:2] for line in said if line[:1] == ["✓"] and line[1:2] != ["invalidate"]]
    assert "password:" in shown and re.search(r"http://localhost:\d+", shown)


def test_pages_come_from_the_bucket_and_deep_links_are_the_app(stellarr):
    for path in ("/", "/requests", "/settings"):
        status, headers, text = stellarr.fetch(path)
        assert status == 200 and "<!doctype html" in text.lower(), path
        assert "must-revalidate" in headers["cache-control"], path
    status, headers, text = stellarr.fetch("/")
    asset = re.search(r'/?(_app/immutable/[^"]+\.js)', text).group(1)
    status, headers, _ = stellarr.fetch("/" + asset)
    assert status == 200 and "immutable" in headers["cache-control"]
    for header in ("strict-transport-security", "content-security-policy", "x-content-type-options", "referrer-policy"):
        assert header in {name.lower() for name in headers}, header


def test_a_missing_file_is_an_error_and_not_the_app(stellarr):
    status, _, text = stellarr.fetch("/missing.png")
    assert status in (403, 404) and "<!doctype html" not in text.lower()


def test_the_api_answers_json_for_errors_too(stellarr):
    assert json.loads(stellarr.fetch("/api/health")[2]) == {"status": "healthy", "service": "stellarr"}
    status, headers, text = stellarr.fetch("/api/missing")
    assert status == 404 and "json" in headers["content-type"], (status, text)
    assert json.loads(text)["detail"]


def test_lists_and_webhook_are_private_from_the_first_deploy(stellarr):
    addresses = stellarr.data("secrets", "addresses", "--sandbox")
    for name in ("radarr", "sonarr", "rss"):
        assert addresses[name].startswith(stellarr.site), addresses
        path, _, token = addresses[name].removeprefix(stellarr.site).partition("?token=")
        assert len(token) == 40, addresses
        assert stellarr.fetch(path)[0] == 401
        assert stellarr.fetch(f"{path}?token={token[::-1]}")[0] == 401
        assert stellarr.fetch(f"{path}?token={token}")[0] == 200
    feed, webhook = (addresses[name].partition("?token=")[2] for name in ("radarr", "plex_webhook"))
    assert webhook and feed != webhook and addresses["plex_webhook"].startswith(f"{stellarr.site}/webhook/plex?")
    assert stellarr.fetch(f"/list/radarr?token={webhook}")[0] == 401, "Plex's token does not open the lists"

    def report(query):
        form = urllib.parse.urlencode({"payload": json.dumps({"event": "media.play"})}).encode()
        request = urllib.request.Request(f"{stellarr.site}/webhook/plex{query}", data=form, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    assert [report(""), report(f"?token={feed}"), report(f"?token={webhook}")] == [401, 401, 200]
    assert json.loads(stellarr.fetch("/api/feeds")[2])["token_required"] is True
    assert stellarr.data("status", "--sandbox")["lists"] == "private"
    assert "stellarr secrets addresses --sandbox" in stellarr.first_deploy
    assert feed not in stellarr.first_deploy and webhook not in stellarr.first_deploy


def test_the_function_cannot_be_called_around_the_cdn(stellarr):
    outputs = stellarr.data("outputs", "--sandbox")
    state = json.loads((stellarr.folder / ".stellarr/sandbox/state.json").read_text())
    host = outputs["lambda_function_url"].split("/")[2]
    request = urllib.request.Request(f"http://127.0.0.1:{state['ports']['emulator']}/api/health", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        status = error.code
    assert status == 403


def test_trending_lists_are_there_in_every_locale(stellarr):
    for locale in ("en", "de"):
        for kind in ("all", "movie", "tv"):
            status, headers, text = stellarr.fetch(f"/trending-{kind}-{locale}.json")
            results = json.loads(text)["results"]
            assert status == 200 and results and "max-age=3600" in headers["cache-control"]
            assert all(item["media_type"] in ("movie", "tv") for item in results)


def test_the_site_learns_its_name_without_a_rebuild(stellarr):
    config = json.loads(stellarr.fetch("/config.json")[2])
    assert (config["app_name"], config["locales"]) == ("First", ["en", "de"])


def test_large_answers_are_compressed(stellarr):
    _, headers, _ = stellarr.fetch("/trending-all-en.json", {"Accept-Encoding": "gzip"})
    assert {name.lower(): value for name, value in headers.items()}.get("content-encoding") == "gzip"


def test_a_second_run_changes_nothing(stellarr):
    before = stellarr.data("status", "--sandbox")
    text = stellarr.run("deploy", "--sandbox", "--yes")
    assert "Nothing to change" in text
    assert stellarr.data("status", "--sandbox") == before
    assert "Nothing would change." in stellarr.run("diff", "--sandbox", "--exit-code")


def test_a_change_is_shown_before_and_only_it_is_deployed(stellarr):
    stellarr.configure(name=NAME, app_name="Second", locales=["en", "de"], removal_policy="delete")
    difference = stellarr.data("diff", "--sandbox", "--exit-code", code=3)
    assert difference["site"]["modified"] == ["config.json", "manifest.webmanifest"] and not difference["site"]["added"]
    assert difference["invalidation"] == ["/config.json", "/manifest.webmanifest"]
    assert not difference["stacks"] and not difference["functions"]
    text = stellarr.run("deploy", "--sandbox", "--yes")
    assert re.search(r"✓ sync +2 files ", text), text
    assert re.search(r"✓ invalidate +/config\.json /manifest\.webmanifest \(", text), text
    assert json.loads(stellarr.fetch("/config.json")[2])["app_name"] == "Second"
    assert json.loads(stellarr.fetch("/manifest.webmanifest")[2])["short_name"] == "Second"


def test_a_new_locale_changes_the_stack_and_its_lists_appear(stellarr):
    stellarr.configure(name=NAME, app_name="Second", locales=["en", "de", "fr"], removal_policy="delete")
    difference = stellarr.run("diff", "--sandbox", "--no-build")
    assert difference.startswith("Harmless") and "the warmer changes (environment)" in difference, difference
    stellarr.run("deploy", "--sandbox", "--yes")
    assert json.loads(stellarr.fetch("/trending-all-fr.json")[2])["results"]


def test_only_parts_can_be_deployed(stellarr):
    text = stellarr.run("deploy", "--sandbox", "--yes", "--only", "site")
    assert "Nothing to change" in text


def test_warm_and_invalidate_by_hand(stellarr):
    report = stellarr.data("warm", "--sandbox", "--locale", "de")
    assert report["success"] and {file["locale"] for file in report["files"] if file.get("locale")} == {"de"}
    assert "/index.html" in stellarr.run("invalidate", "--sandbox", "/index.html", "--wait")


def test_secrets_are_listed_and_never_shown(stellarr):
    text = stellarr.run("secrets", "list", "--sandbox")
    assert "PRESHARED_PASSWORD" in text and stellarr.password not in text
    release = json.dumps(stellarr.data("status", "--sandbox"))
    assert stellarr.password not in release


def wait_for_status(stellarr, path, wanted, seconds=90):
    """The functions read the secret again within a minute."""
    end = time.monotonic() + seconds
    while (status := stellarr.fetch(path)[0]) != wanted and time.monotonic() < end:
        time.sleep(3)
    assert status == wanted, path


def test_public_lists_are_a_choice_and_the_switch_closes_them(stellarr):
    before = stellarr.data("secrets", "addresses", "--sandbox")
    stellarr.run("secrets", "set", "FEED_TOKEN", "--sandbox", stdin="public")
    wait_for_status(stellarr, "/list/radarr", 200)
    assert stellarr.data("secrets", "addresses", "--sandbox")["radarr"] == f"{stellarr.site}/list/radarr"
    assert stellarr.data("status", "--sandbox")["lists"] == "public-by-choice"
    text = stellarr.run("secrets", "protect", "--sandbox", "--yes")
    after = stellarr.data("secrets", "addresses", "--sandbox")
    assert after["radarr"] in text and after["sonarr"] in text and "get the error 401" in text
    assert after["plex_webhook"] == before["plex_webhook"], "a token that is there stays"
    assert after["radarr"] != before["radarr"]
    wait_for_status(stellarr, "/list/radarr", 401)
    wait_for_status(stellarr, after["radarr"].removeprefix(stellarr.site), 200)


def test_a_stopped_sandbox_comes_back_as_it_was(stellarr):
    stellarr.run("sandbox", "down")
    assert processes_of(stellarr.folder) == []
    stellarr.run("deploy", "--sandbox", "--yes")
    assert json.loads(stellarr.fetch("/config.json")[2])["app_name"] == "Second"


def test_destroy_asks_for_the_name_and_keeps_the_data_unless_told(stellarr):
    assert "nothing was deleted" in stellarr.run("destroy", "--sandbox", "--yes", "wrong", code=2)
    assert stellarr.fetch("/api/health")[0] == 200
    stellarr.run("destroy", "--sandbox", "--yes", "story-prod")
    assert "is not deployed" in stellarr.run("outputs", "--sandbox", code=1)
    text = stellarr.run("destroy", "--sandbox", "--yes", "story-prod", "--delete-data")
    assert "everything is gone" in text
    assert "there is nothing to delete" in stellarr.run("destroy", "--sandbox", "--yes", "story-prod")


def test_down_leaves_no_process(stellarr):
    stellarr.run("sandbox", "down")
    assert processes_of(stellarr.folder) == []
