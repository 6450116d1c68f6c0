"""The wizard, typed at: a pseudo-terminal, an empty home, and the local AWS where there are credentials."""

import json
import os
import pathlib
import resource
import stat
import subprocess
import urllib.request

import pexpect
import pytest

from conftest import TARGET

DOWN = "\x1b[B"
CTRL_C = "\x03"
REFUSED_KEY = "not-the-right-key"


@pytest.fixture(scope="module")
def services(stellarr, tmp_path_factory):
    """Addresses of an emulator and a stand-in for TMDB of this module's own."""
    config = tmp_path_factory.mktemp("init-services") / "stellarr.yaml"
    config.write_text("name: services\n")
    command = [TARGET / "debug" / "stellarr", "sandbox", "--config", config]
    subprocess.run([*command, "up"], check=True, capture_output=True, timeout=300)
    status = subprocess.run([*command, "status", "--json"], check=True, capture_output=True, text=True)
    services = json.loads(status.stdout)
    # The sandbox's stand-in takes every key: this one it refuses, as TMDB does with keys that it does not know.
    rule = {"path": "/3/*", "query": {"api_key": REFUSED_KEY}, "action": {"kind": "respond", "status": 401}}
    faults = urllib.request.Request(services["standin"]["url"] + "/_standin/faults", json.dumps(rule).encode(), method="POST")
    urllib.request.urlopen(faults, timeout=10).close()
    yield services
    subprocess.run([*command, "reset"], check=True, capture_output=True, timeout=60)


@pytest.fixture
def project(tmp_path, services):
    return Project(tmp_path, services)


class Project:
    """A folder with nothing in it, and a home without credentials."""

    def __init__(self, folder, services):
        self.folder = folder / "project"
        self.folder.mkdir()
        self.config = self.folder / "stellarr.yaml"
        home = folder / "home"
        home.mkdir()
        self.environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "TERM": "xterm",
            "NO_COLOR": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "STELLARR_TMDB_URL": services["standin"]["url"] + "/3",
        }

    def sign_in(self, services):
        state = json.loads((pathlib.Path(services["directory"]) / "state.json").read_text())
        self.environment |= {
            "AWS_ENDPOINT_URL": services["emulator"]["url"],
            "AWS_ACCESS_KEY_ID": state["keys"]["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def command(self, *arguments):
        return [str(TARGET / "debug" / "stellarr"), *arguments, "--config", str(self.config)]

    def talk(self, *arguments):
        program, *rest = self.command("init", *arguments)
        return Conversation(pexpect.spawn(program, rest, env=self.environment, encoding="utf-8", timeout=20, dimensions=(40, 160)))

    def run(self, *arguments):
        done = subprocess.run(
            self.command(*arguments), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    def secrets(self):
        lines = (self.folder / ".stellarr" / "secrets.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


class Conversation:
    def __init__(self, terminal):
        self.terminal = terminal

    def answer(self, question, keys):
        self.terminal.expect_exact(question)
        self.terminal.send(keys)

    def replace(self, question, text):
        """Answers a question that shows an answer already."""
        self.answer(question, "\x7f" * 60 + text + "\r")

    def sees(self, text):
        self.terminal.expect_exact(text)

    def ends(self, code):
        self.terminal.expect(pexpect.EOF)
        self.terminal.close()
        assert self.terminal.exitstatus == code, self.terminal.before


def test_a_break_loses_nothing_and_a_second_run_edits(project):
    talk = project.talk()
    talk.sees("No AWS credentials were found on this computer")
    talk.answer("Which AWS region", "\r")
    talk.replace("What shall the site be called?", "Movie night")
    talk.answer("Which address shall it have?", CTRL_C)
    talk.sees("your answers so far are kept")
    talk.ends(130)
    assert not project.config.exists()

    talk = project.talk()
    talk.sees("Your answers of last time are kept")
    talk.answer("Which AWS region", "\r")
    talk.answer("What shall the site be called?", "\r")
    talk.answer("Which address shall it have?", DOWN + DOWN + "\r")
    talk.replace("Which domain name?", "https://tv.example.org/")
    talk.sees("write `tv.example.org`")
    talk.replace("Which domain name?", "tv.example.org")
    talk.replace("Which languages", "german")
    talk.sees("write `de`")
    talk.replace("Which languages", "de, pt-BR")
    talk.answer("web application firewall", "y\r")
    talk.answer("Your TMDB key", REFUSED_KEY + "\r")
    talk.sees("TMDB does not know this key")
    talk.answer("Your TMDB key", "standin-key\r")
    talk.sees("TMDB knows the key")
    talk.answer("A password for the household", "changeme\r")
    talk.sees("is still a placeholder")
    talk.answer("A password for the household", "\r")
    talk.sees("The household's password is ")
    talk.answer("What next?", "\r")
    talk.ends(0)

    text = project.config.read_text()
    for line in ("app_name: Movie night", "domain: tv.example.org", "  provider: external", "locales: [de, pt-BR]", "  enabled: true"):
        assert f"\n{line}\n" in text, text
    assert "# The title in the site's header." in text
    private = project.folder / ".stellarr" / "secrets.env"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    # The first deploy makes the tokens; a deployment that exists never gets them from here.
    assert set(project.secrets()) == {"TMDB_API_KEY", "PRESHARED_PASSWORD"}
    assert not (project.folder / ".stellarr" / "init.json").exists()
    subprocess.run(["git", "init", "-q", project.folder], check=True)
    status = subprocess.run(["git", "-C", project.folder, "status", "--short", "-uall"], capture_output=True, text=True, check=True)
    assert status.stdout == "?? stellarr.yaml\n"

    project.config.write_text(text.replace("domain: tv", "# ours, since 2026\ndomain: tv"))
    secrets = project.secrets()
    code, said = project.run("init", "--yes", "--locales", "fr", "--domain", "none")
    assert code == 0, said
    edited = project.config.read_text()
    assert "# ours, since 2026\n#domain: tv.example.org\n" in edited and "locales: [fr]" in edited, edited
    assert "app_name: Movie night" in edited and project.secrets() == secrets
    assert secrets["PRESHARED_PASSWORD"] not in said


def test_with_credentials_it_shows_the_account_and_looks_for_the_zone(project, services):
    project.sign_in(services)
    talk = project.talk("--waf=false", "--locales", "en")
    talk.sees("AWS account 000000000000 as arn:aws:iam::000000000000:")
    talk.answer("Which AWS region", "\r")
    talk.answer("What shall the site be called?", "\r")
    talk.answer("Which address shall it have?", DOWN + "\r")
    talk.replace("Which domain name?", "tv.example.org")
    talk.sees("no hosted zone in this account's Route53 holds tv.example.org")
    talk.answer("Which address shall it have?", "\r")
    talk.answer("Which domain name?", "\r")
    talk.answer("Your TMDB key", "\r")
    talk.answer("A password for the household", "correct horse battery\r")
    talk.sees("deploy it to the AWS account 000000000000")
    talk.terminal.send("\r")
    talk.ends(0)
    assert "provider: external" in project.config.read_text()
    assert project.secrets()["PRESHARED_PASSWORD"] == "correct horse battery"


def test_a_script_needs_no_terminal_and_less_than_a_second(project, services):
    project.sign_in(services)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code, said = project.run("init", "--yes", "--app-name", "Filme", "--locales", "de")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert code == 0, said
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1
    code, said = project.run("render", "--out", str(project.folder / "templates"))
    assert code == 0, said
    assert project.run("init")[0] == 2
