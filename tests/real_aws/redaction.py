"""What the report of `tests/real-aws-check` must not contain, and how it is taken out."""

import configparser
import getpass
import ipaddress
import os
import pathlib
import re
import socket

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Redactor:
    """Replaces what identifies a person, an account or a machine, and every secret.

    Exact values (what this run made or was given) go first; patterns catch everything of the same kinds. Where in doubt it
    removes too much: a report without a file's name is still useful, one with a password is not.
    """

    # Names that are the same for everybody.
    HOSTS = {"api.themoviedb.org", "www.themoviedb.org", "themoviedb.org", "console.aws.amazon.com", "docs.aws.amazon.com"}
    FILES = {"stellarr.yaml", "index.html", "config.json", "main.yaml", "edge.yaml", "bootstrap.yaml", "manifest.webmanifest"}
    SECRET_WORDS = r"password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization|cookie|credential|signature"

    KINDS_OF_NAMES = r"(\b(?:bucket|role|user|profile|group|table|host|domain|zone)s?\s+)"

    PATTERNS = [
        (r"-----BEGIN [^-]*PRIVATE KEY-----.*?(?:-----END [^-]*PRIVATE KEY-----|\Z)", "<private key>", re.S),
        # Passwords may hold spaces, and these headers hold several values: the whole rest of the line goes.
        (r"((?:pass(?:word|wd|phrase)|authorization|cookie)[\w-]*\\?[\"']?\s*(?:=|:(?!:))\s*)[^\n]+", r"\1<secret>", re.I),
        # Addresses, with everything that they carry.
        (r"[a-z][a-z0-9+.-]*://[^\s\"'`<>]+", "<url>", re.I),
        # NAME=VALUE, "name": "value", \"name\": \"value\".
        (
            rf"([\w-]*(?:{SECRET_WORDS})[\w-]*\\?[\"']?\s*(?:=|:(?!:))\s*)"
            r"(?:(?:Bearer|Basic|vapid)\s+)?(?:\\\".*?\\\"|\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s,;&]+)",
            r"\1<secret>",
            re.I,
        ),
        (r"\b(?:Bearer|Basic)\s+[\w.~+/=-]+", "<secret>", re.I),
        (r"\bs3:/?/?[^\s\"'`<>]*/[^\s\"'`<>]+", "<bucket>", 0),
        (r"arn:[^\s\"'`<>)\]}]+", "<arn>", 0),
        # JSON web tokens, and the site's own session tokens: time.name.signature.
        (r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?", "<token>", 0),
        (r"\b\d{10}\.[\w-]*\.[\w-]{16,}", "<token>", 0),
        (r"[^\s\"'`<>()\[\]{},;:=/]+@[^\s\"'`<>()\[\]{},;:/]+", "<email>", 0),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>", re.I),
        (r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", "<mac>", re.I),
        # Folders of users; with spaces in the name where a slash or a quote ends it.
        (r"(/home/|/Users/|[A-Za-z]:\\Users\\)(?:[^/\\\"'`:\n<>]*(?=[/\\\"'`])|[^/\\\"'`:\s<>]+)", r"\1<user>", 0),
        (r"(?:/private)?/var/folders/[^\s\"'`:<>]+", "<folder>", 0),
        # Session tokens, secret access keys, and any other long mixture of letters and digits.
        (r"(?<![\w/+=-])[\w/+-]{100,}={0,2}", "<secret>", 0),
        (
            r"(?<![\w/+=-])(?=[A-Za-z0-9/+]*\d)(?=[A-Za-z0-9/+]*[a-z])(?=[A-Za-z0-9/+]*[A-Z])[A-Za-z0-9/+]{30,}={0,2}",
            "<secret>",
            0,
        ),
        (r"(?<![\w-])(?=[\w-]*(?:\d|[a-z][\w-]*[A-Z]|[A-Z][\w-]*[a-z]))[\w-]{30,}={0,2}", "<secret>", 0),
        (r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{16,29}={0,2}", "<secret>", 0),
        (r"\b(?:A3T|ABIA|ACCA|AGPA|AIDA|AIPA|AKIA|ANPA|ANVA|APKA|AROA|ASCA|ASIA)[A-Z0-9]{8,}\b", "<key id>", 0),
        (r"(?<=hostedzone/)[A-Za-z0-9]+", "<zone>", 0),
        # Zones, distributions, invalidations: capitals with a digit, or long ones with the first letter of their kind.
        (r"\b(?=[A-Z]*\d)[A-Z0-9]{9,}\b", "<id>", 0),
        (r"\b[EIZ](?=[A-Z]{11,})[A-Z]+\b", "<id>", 0),
        (r"(?<!\d)\d{4}[-_ ]\d{4}[-_ ]\d{4}(?!\d)", "<account>", 0),
        (r"(?<!\d)\d{3} \d{3} \d{3} \d{3}(?!\d)", "<account>", 0),
        # Organizations, their units and policies.
        (r"\b(?:o|p|r|ou)-[a-z0-9]{8,32}(?:-[a-z0-9]{8,32})?\b", "<organization>", 0),
        # A distribution's name without its domain.
        (r"\bd(?=[a-z]*\d)[0-9a-z]{12,14}\b", "<distribution>", 0),
        (r"(?<!\d)\d{12}(?!\d)", "<account>", 0),
        (r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)(?::\d+)?", "<ip>", 0),
        # A profile or user that an option or a variable names, and a value that follows a variable of a secret.
        (r"((?:--profile|\bAWS_(?:DEFAULT_)?PROFILE|\bUSER(?:NAME)?|\bLOGNAME)(?:\s*=\s*|\s+))(?!\S*[<])\S+", r"\1<name>", 0),
        (
            r"(\b[A-Z][A-Z_]*(?:PASSWORD|SECRET|TOKEN|KEY)\s+)(?!(?:is|has|was|are|and|or|in|of|to|for|from|with|by|as|at|the|a|"
            r"needed|optional|set|missing|public)\b)(?=[\w-]{6,})[\w-]+",
            r"\1<secret>",
            0,
        ),
        # A bucket, role, user or profile that a message names: in quotes, or with more than letters.
        (KINDS_OF_NAMES + r"([\"'`])[^\"'`\n]+\2", r"\1<name>", re.I),
        (KINDS_OF_NAMES + r"(?=[\w+=,.@/-]*[\d_@+./-])[\w+=,.@/-]{3,}", r"\1<name>", re.I),
    ]

    def __init__(self):
        self.exact = {}
        self.patterns = [(re.compile(pattern, flags), label) for pattern, label, flags in self.PATTERNS]

    def learn(self, value, label):
        """Removes this very value from now on."""
        if value and str(value).strip():
            self.exact[str(value)] = label

    def learn_machine(self, environment=os.environ):
        """This computer and its user: names, home, profiles."""
        for value in (getpass.getuser(), environment.get("USER"), environment.get("LOGNAME")):
            self.learn(value, "<user>")
        host = socket.gethostname()
        for value in (host, host.split(".")[0]):
            self.learn(value, "<host>")
        for value in (str(pathlib.Path.home()), environment.get("HOME")):
            self.learn(value if value != "/" else None, "<home>")
        self.learn(str(ROOT), "<repository>")
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
            self.learn(environment.get(name), "<profile>")
        for name, value in environment.items():
            if re.search(self.SECRET_WORDS, name, re.I) and len(value) >= 6:
                self.learn(value, "<secret>")
        home = pathlib.Path(environment.get("HOME", str(pathlib.Path.home())))
        for variable, default in (("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")):
            parser = configparser.RawConfigParser(strict=False)
            try:
                parser.read(environment.get(variable, home / ".aws" / default))
            except (configparser.Error, OSError, UnicodeDecodeError):
                continue
            for section in parser.sections():
                name = re.sub(r"^(profile|sso-session|services)\s+", "", section)
                self.learn(name if name != "default" else None, "<profile>")
                for key in ("sso_start_url", "sso_account_id", "sso_role_name", "role_arn", "aws_access_key_id", "aws_secret_access_key"):
                    self.learn(parser.get(section, key, fallback=None), "<secret>")

    def learn_caller(self, arn):
        """The person's own identity: every name in its ARN."""
        self.learn(arn, "<caller>")
        for part in re.split(r"[:/]", arn)[4:]:
            if part not in ("user", "role", "assumed-role", "root", "federated-user", ""):
                self.learn(part, "<caller>")

    def __call__(self, text):
        # A terminal's colors would stand between a value and what comes before it.
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", str(text))
        # Longest first, so that a name inside a longer value does not leave the rest of it.
        for value, label in sorted(self.exact.items(), key=lambda item: -len(item[0])):
            text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", label, text)
            if len(value) >= 12:
                text = text.replace(value, label)
        for pattern, label in self.patterns:
            text = pattern.sub(lambda match, label=label: self.replace(match, label), text)
        text = re.sub(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:%\w+)?(?![\w:])", self.six, text)
        return re.sub(r"(?<![\w<])\.?(?:[\w-]+\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z]\.?(?![\w>])", self.host, text)

    @staticmethod
    def replace(match, label):
        # An action is the same for everybody, and the most useful word of a refusal.
        action = re.search(r"(?<![\w:/-])[a-z][a-z0-9-]{1,24}:\Z", match.string[: match.start()])
        if action and re.fullmatch(r"[A-Z][a-z]+(?:[A-Z]+[a-z]+)+(?:\d{4}_\d\d_\d\d)?", match.group()):
            return match.group()
        return match.expand(label)

    @staticmethod
    def six(match):
        try:
            ipaddress.IPv6Address(match.group().split("%")[0])
        except ValueError:
            return match.group()
        return "<ip>" if match.group() != "::" else "::"

    def host(self, match):
        name = match.group().strip(".").lower()
        return match.group() if name in self.HOSTS or name in self.FILES else "<host>"

    def known_secrets(self, text):
        """Removes every known secret once more, wherever it stands."""
        for value, label in self.exact.items():
            if label == "<secret>" and len(value) >= 12:
                text = text.replace(value, label)
        return text
