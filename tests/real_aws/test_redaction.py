"""Nothing that identifies a person, an account or a machine, and no secret, gets into the report of `tests/real-aws-check`.

A new kind of thing to hide is a new row of KINDS: each is made at random and put into every frame in turn.
"""

import base64
import json
import random
import string
import sys
import uuid

import pytest

import redaction
from script import SCRIPT, load

LOWER, UPPER, DIGITS = string.ascii_lowercase, string.ascii_uppercase, string.digits
BASE32 = UPPER + "234567"
URL64 = string.ascii_letters + DIGITS + "-_"


def letters(chance, alphabet, length):
    """Random text with each sort of character that its alphabet has, as real keys of such a length have."""
    sorts = [[letter for letter in alphabet if letter in sort] for sort in (LOWER, UPPER, DIGITS)]
    while True:
        text = "".join(chance.choice(alphabet) for _ in range(length))
        if length < 12 or all(not sort or any(letter in sort for letter in text) for sort in sorts):
            return text


def account(chance):
    return letters(chance, DIGITS, 12)


def url64(chance, size):
    return base64.urlsafe_b64encode(chance.randbytes(size)).decode().rstrip("=")


def jwt(chance):
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    head, body = part({"alg": "ES256", "typ": "JWT"}), part({"sub": letters(chance, LOWER, 9), "aud": "https://push.example.org"})
    return f"{head}.{body}.{url64(chance, 64)}"


def word(chance, length=None):
    return letters(chance, LOWER, length or chance.randint(3, 11))


def arn(service, middle, resource):
    return lambda chance: (lambda who, name: (f"arn:aws:{service}:{middle}:{who}:{resource}{name}", [who, name]))(
        account(chance), word(chance, 9) + "-" + letters(chance, LOWER + DIGITS, 8)
    )


def plain(make):
    """A kind of which the whole text is secret."""
    return lambda chance: (lambda text: (text, [text]))(make(chance))


# What is put into a text, and the parts of it that must be gone.
KINDS = {
    "account": plain(account),
    "account with dashes": plain(lambda c: "-".join(letters(c, DIGITS, 4) for _ in range(3))),
    "role ARN": arn("iam", "", "role/"),
    "assumed role ARN": arn("sts", "", "assumed-role/AWSReservedSSO_Admin_1234567890abcdef/"),
    "user ARN with a comma": lambda c: (lambda w, n: (f"arn:aws:iam::{w}:user/{n},{n}", [w, n]))(account(c), word(c, 8)),
    "function ARN": arn("lambda", "eu-central-1", "function:"),
    "government ARN": lambda c: (lambda w, n: (f"arn:aws-us-gov:iam::{w}:user/{n}", [w, n]))(account(c), word(c, 8)),
    "stack id": lambda c: (lambda w, n, u: (f"arn:aws:cloudformation:us-east-1:{w}:stack/{n}/{u}", [w, n, u]))(
        account(c), word(c, 8), str(uuid.UUID(bytes=c.randbytes(16)))
    ),
    "uuid": plain(lambda c: str(uuid.UUID(bytes=c.randbytes(16)))),
    "AKIA": plain(lambda c: "AKIA" + letters(c, BASE32, 16)),
    "ASIA": plain(lambda c: "ASIA" + letters(c, BASE32, 16)),
    "AROA with session": lambda c: (lambda i, n: (f"AROA{i}:{n}@example.net", [i, n]))(letters(c, BASE32, 17), word(c, 8)),
    "secret access key": plain(lambda c: letters(c, string.ascii_letters + DIGITS + "+/", 40)),
    "session token": plain(lambda c: "IQoJb3JpZ2luX2VjE" + base64.b64encode(c.randbytes(c.randint(200, 700))).decode()),
    "JWT": plain(jwt),
    "site session": lambda c: (lambda n, s: (f"17{letters(c, DIGITS, 8)}.{n}.{s}", [n, s]))(url64(c, 9), url64(c, 32)),
    "VAPID private key": plain(lambda c: url64(c, 32)),
    "VAPID public key": plain(lambda c: "B" + url64(c, 64)),
    "feed token": plain(lambda c: letters(c, string.ascii_letters + DIGITS, 40)),
    "signing key": plain(lambda c: letters(c, string.ascii_letters + DIGITS, 64)),
    "hex key": plain(lambda c: c.randbytes(16).hex()),
    "generated password": plain(lambda c: letters(c, string.ascii_letters + DIGITS, 20)),
    "base64 with slashes": plain(lambda c: base64.b64encode(c.randbytes(48)).decode()),
    "private key": lambda c: (lambda b: (f"-----BEGIN EC PRIVATE KEY-----\n{b}\n-----END EC PRIVATE KEY-----", [b]))(
        base64.b64encode(c.randbytes(90)).decode()
    ),
    "CloudFront host": plain(lambda c: "d" + letters(c, LOWER + DIGITS, 13) + ".cloudfront.net"),
    "function URL": lambda c: (lambda i: (f"https://{i}.lambda-url.eu-central-1.on.aws/", [i]))(letters(c, LOWER + DIGITS, 32)),
    "function host": plain(lambda c: letters(c, LOWER + DIGITS, 32) + ".lambda-url.us-east-1.on.aws"),
    "bucket host": lambda c: (lambda n: (f"{n}.s3.eu-central-1.amazonaws.com", [n]))(word(c, 7) + "-photos"),
    "bucket URI": lambda c: (lambda n, k: (f"s3://{n}/{k}/0001.jpg", [n, k]))(word(c, 7) + "-photos", word(c, 7)),
    "bucket in words": lambda c: (lambda n: (f"the bucket {n} is gone", [n]))(word(c, 7) + "-photos"),
    "role in quotes": lambda c: (lambda n: (f"the role '{n} {n}' is missing", [n]))(word(c, 8)),
    "domain": plain(lambda c: f"{word(c, 6)}.{word(c, 7)}.{c.choice(['com', 'org', 'co.uk', 'rs', 'md', 'museum'])}"),
    "domain with a dot": lambda c: (lambda n: (f"{n}.example.de.", [n]))(word(c, 6)),
    "address with login": lambda c: (lambda n, p, h: (f"https://{n}:{p}@{h}.example.org/a?b={p}#c", [n, p, h]))(
        word(c, 7), word(c, 8), word(c, 6)
    ),
    "distribution": plain(lambda c: "E" + letters(c, UPPER + DIGITS, 13)),
    "distribution without a digit": plain(lambda c: "E" + letters(c, UPPER, 13)),
    "invalidation": plain(lambda c: "I" + letters(c, UPPER + DIGITS, 25)),
    "hosted zone": plain(lambda c: "Z" + letters(c, UPPER + DIGITS, 20)),
    "zone path": lambda c: (lambda z: (f"/hostedzone/{z}", [z]))("Z" + letters(c, UPPER, 9)),
    "e-mail": lambda c: (lambda n, h: (f"{n}.{n}+aws@{h}.example.co.uk", [n, h]))(word(c, 6), word(c, 6)),
    "who deploys": lambda c: (lambda n, h: (f"{n}@{h} (process 4711)", [n, h]))(word(c, 6), word(c, 6) + "-laptop"),
    "Linux home": lambda c: (lambda n: (f"/home/{n}/src/stellarr/stellarr.yaml", [n]))(word(c)),
    "Mac home": lambda c: (lambda n: (f"/Users/{n} {n.title()}/src/a.rs", [n, n.title()]))(word(c, 6)),
    "Windows home": lambda c: (lambda n: (f"C:\\Users\\{n}\\stellarr", [n]))(word(c, 6)),
    "IPv4": plain(lambda c: ".".join(str(c.randint(1, 255)) for _ in range(4))),
    "IPv4 with port": lambda c: (lambda ip: (f"{ip}:4566", [ip]))(".".join(str(c.randint(1, 255)) for _ in range(4))),
    "IPv6": plain(lambda c: ":".join(f"{c.randint(4096, 65535):x}" for _ in range(8))),
    "short IPv6": plain(lambda c: f"2001:db8::{c.randint(4096, 65535):x}"),
    "local IPv6": plain(lambda c: f"fe80::{c.randint(4096, 65535):x}%eth0"),
    "MAC": plain(lambda c: ":".join(f"{c.randint(0, 255):02x}" for _ in range(6))),
    "password in words": lambda c: (lambda p: (f"  password: {p} {p[::-1]}", [p, p[::-1]]))(word(c, 9)),
    "variable": lambda c: (lambda p: (f"export PRESHARED_PASSWORD={p}", [p]))(word(c, 9)),
    "query": lambda c: (lambda p: (f"GET /list/radarr?token={p}&x=1", [p]))(word(c, 9)),
    "JSON": lambda c: (lambda p: (json.dumps({"TMDB_API_KEY": p + '"' + p}), [p]))(word(c, 9)),
    "JSON in JSON": lambda c: (lambda p: (json.dumps(json.dumps({"SecretAccessKey": p + " " + p, "a": 1})), [p]))(word(c, 9)),
    "header": lambda c: (lambda p: (f"Authorization: AWS4-HMAC-SHA256 Credential={p}/20261130/a, Signature={p}", [p]))(word(c, 9)),
    "bearer": lambda c: (lambda p: (f"sent Bearer {p} with it", [p]))(url64(c, 12)),
    "cookie": lambda c: (lambda p: (f"Cookie: first={p}; second={p}", [p]))(word(c, 9)),
}

# Where it stands.
FRAMES = [
    "{}",
    "error: {}",
    "  {}\n",
    "✗ verify       the site did not answer: {}.",
    "hint: look at {}, then run `stellarr deploy`",
    "({})",
    "'{}'",
    '"{}"',
    "`{}`",
    '{{"message": "{}", "status": 403}}',
    "│ {} │",
    "one\n{}\ntwo {}",
    "\x1b[31m{}\x1b[0m",
]


@pytest.fixture(scope="module")
def script():
    return load()


@pytest.mark.parametrize("kind", KINDS)
def test_no_planted_value_is_left_in_any_frame(kind):
    redact = redaction.Redactor()
    for seed in range(12):
        chance = random.Random(f"{kind} {seed}")
        text, hidden = KINDS[kind](chance)
        for frame in FRAMES:
            if kind in ("JSON", "JSON in JSON", "private key") and frame.startswith("{{"):
                continue
            planted = frame.format(*[text] * frame.count("{}"))
            shown = redact(planted)
            for secret in hidden:
                assert secret not in shown, f"{kind}, seed {seed}: {planted!r} became {shown!r}"


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_would_be_seen_without_redaction(kind):
    text, hidden = KINDS[kind](random.Random(kind))
    assert hidden and all(len(secret) >= 3 and secret in text for secret in hidden)


def test_what_a_report_is_about_stays():
    kept = [
        "✓ bootstrap    tables, bucket and secret (2 min 5 s)",
        "error: CloudFormation rolled the stack back: UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "not authorized to perform: cloudfront:CreateDistribution2025_05_31 because no identity-based policy allows it",
        "AWS::CloudFront::OriginAccessControl SiteOriginAccessControl CREATE_FAILED",
        "error[stack-failed]: stellarr.yaml:3:1 and index.html, exit code 6, 12:34:56, 97 %, version 0.1.0, eu-central-1",
        "added APP_SECRET_KEY, FEED_TOKEN, PLEX_WEBHOOK_TOKEN",
    ]
    redact = redaction.Redactor()
    for line in kept:
        assert redact(line) == line


def test_this_computer_and_the_caller_are_learned(monkeypatch, tmp_path):
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(
        "[profile family]\nsso_start_url = https://smith.awsapps.com/start\nsso_account_id = 210987654321\n[sso-session smiths]\n[default]\n"
    )
    (tmp_path / ".aws" / "credentials").write_text("[holiday]\naws_access_key_id = k1\naws_secret_access_key = plainsecret\n")
    monkeypatch.setattr(redaction.socket, "gethostname", lambda: "kitchen.smiths.lan")
    monkeypatch.setattr(redaction.getpass, "getuser", lambda: "jo")
    redact = redaction.Redactor()
    redact.learn_machine({"HOME": str(tmp_path), "USER": "jo", "AWS_PROFILE": "work", "GITHUB_TOKEN": "ghs-short", "PATH": "/bin"})
    redact.learn_caller("arn:aws:sts::210987654321:assumed-role/Owner/joanna")
    text = f"jo on kitchen, profile work or family or holiday or smiths; {tmp_path}/x; ghs-short; plainsecret; Owner/joanna took it; join"
    shown = redact(text)
    for secret in ("jo ", "kitchen", "work", "family", "holiday", "smiths", str(tmp_path), "ghs-short", "plainsecret", "Owner", "joanna"):
        assert secret not in shown, shown
    assert "join" in shown, "a name inside another word is not that name"


def test_a_report_of_a_failed_run_holds_nothing_of_what_was_planted(script, tmp_path):
    chance = random.Random(20261130)
    options = script.arguments(["--sandbox", "--folder", str(tmp_path)])
    options.stellarr = sys.executable
    check = script.Check(options, "check-a1b2c3", redaction.Redactor())
    check.redact.learn(check.prefix, "<deployment>")
    planted = []
    for kind, make in KINDS.items():
        text, hidden = make(chance)
        planted += [(kind, secret) for secret in hidden]
        check.results.append((f"step", "failed", 1.0, f"it said {text}".replace("\n", " "), f"{text}\nof {check.prefix}-api"))
        check.notes.append(f"noted {text}")
    report = script.make_report(check)
    assert "FAILED" in report and "check-a1b2c3" not in report
    assert [(kind, secret) for kind, secret in planted if secret in report and len(secret) > 5] == []


def test_a_volunteer_needs_no_package():
    for file in (SCRIPT, *(SCRIPT.parent / "real_aws" / name for name in ("check.py", "redaction.py"))):
        lines = file.read_text().splitlines()
        modules = {line.split()[1].split(".")[0] for line in lines if line.startswith(("import ", "from "))}
        assert modules <= set(sys.stdlib_module_names) | {"check", "redaction"}, modules


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("PRESHARED_PASSWORD hunter2", "hunter2"),
        ("account 1234_5678_9012", "1234_5678_9012"),
        ("Konto 123 456 789 012", "123 456 789 012"),
        ("Organization o-abcd123456", "o-abcd123456"),
        ("the policy p-examplepol denies it", "p-examplepol"),
        ("stellarr deploy --profile acme", "acme"),
        ("AWS_PROFILE=acme", "acme"),
        ("USER=jane", "jane"),
        ("the distribution d111111abcdef8", "d111111abcdef8"),
    ],
)
def test_what_a_reader_of_reports_found_is_taken_out(text, secret):
    assert secret not in redaction.Redactor()(text)


def test_what_the_secrets_are_called_stays():
    text = "FEED_TOKEN is stored; PRESHARED_PASSWORD needed"
    assert redaction.Redactor()(text) == text
