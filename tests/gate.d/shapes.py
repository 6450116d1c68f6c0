"""What secrets look like: the names they go by, and the texts that are secrets whatever they are called."""

import math
import re

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# In a name written without gaps these are found too.
LONG_WORDS = re.compile(
    r"password|passwd|passphrase|passcode|secret|credential|token(?!i[sz]|s?required)|(api|private|secret|signing|master)[_-]?key",
    re.IGNORECASE,
)
SHORT_WORDS = {"pass", "pwd", "private", "jwt", "psk", "bearer", "apikey"}
# What is about a secret, by the last word of its name.
ABOUT = {
    "account", "algorithm", "alias", "arn", "arns", "audience", "bucket", "count", "days", "domain", "enabled", "endpoint",
    "expiry", "file", "generation", "header", "host", "hours", "id", "ids", "issuer", "length", "lifetime", "limit", "max",
    "method", "min", "minutes", "mode", "name", "names", "param", "parameter", "path", "policy", "port", "prefix", "region",
    "required", "role", "rotation", "seconds", "size", "table", "template", "ttl", "type", "types", "units", "uri", "url",
    "validity", "version",
}
# Properties of CloudFormation that sound like a secret and are none.
NO_SECRETS = {"HttpTokens", "GenerateStringKey", "SecretStringTemplate", "ClientRequestToken", "ServiceToken"}
# `-private` alone says who may see something, as a property of CloudFormation does.
PRIVATE_THINGS = {"dns", "ip", "ips", "subnet", "subnets", "zone", "link", "address", "addresses", "network", "access"}


def _words(name):
    return [word.lower() for word in WORD.findall(name) if not word.isdecimal()]


def is_about(name):
    """Whether a name is that of something about a secret: where it is, how long it lives, what it hashes to."""
    words = _words(name)
    return bool(words) and (words[-1] in ABOUT or name.lower().endswith("sha256"))


def is_secret_name(name):
    """Whether a thing of this name holds a secret, and not merely where one is or how long it lives."""
    name = str(name)
    meant = _words(name)
    if name in NO_SECRETS or not meant or is_about(name) or meant[0] in ("max", "min"):
        return False
    if LONG_WORDS.search(name):
        return True
    short = SHORT_WORDS & set(meant)
    if short == {"private"} and PRIVATE_THINGS & set(meant):
        return False
    return bool(short) or ("access" in meant and meant[-1] == "key")


SHAPES = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----"),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."),
    "a token of GitHub, GitLab, Slack, Stripe, npm, Google or the like": re.compile(
        r"\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,}|xox[abeoprs]-[A-Za-z0-9-]{10,}"
        r"|[rs]k_live_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{32,}|npm_[A-Za-z0-9]{36}|AIza[A-Za-z0-9_-]{35}"
        r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})"
    ),
    "what an Authorization header carries": re.compile(r"\b(Bearer|Basic) (?=\S*\d)[A-Za-z0-9+/=_.~-]{12,}"),
    "an address with a password": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@${}]+:[^\s/:@${}]+@"),
    "the address of a chat's webhook": re.compile(r"hooks\.slack\.com/services/T\w+/B\w+/\w+|discord(app)?\.com/api/webhooks/\d+/\S+"),
    "32 hexadecimal digits, as TMDB's keys have": re.compile(
        r"(?<![0-9a-fA-F-])([0-9a-f]{32}|[0-9A-F]{32})(?![0-9a-fA-F])"
    ),
}
# `name = value` in scripts, code and descriptions. Not after a colon: an ARN has `:secret:`.
ASSIGNED = re.compile(r"(?<![:\w-])([\w-]+)[\"']?\s*[:=]\s*[\"']?([A-Za-z0-9+/_=-]{12,})(?=$|[\s\"',;&}])")
# A whole text that nobody would remember.
RANDOM = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")


def shape_of(text):
    """What kind of secret is in a text, or None."""
    for what, shape in SHAPES.items():
        if shape.search(text):
            return what
    for name, value in ASSIGNED.findall(text):
        if is_secret_name(name) and re.search(r"\d", value) and re.search(r"[A-Za-z]", value):
            return f"a value for {name}"
    return None


def is_random(text, name=""):
    """Whether a whole text is as mixed as only chance makes it: a long one, or a shorter one that is called a key."""
    if name.lower().endswith("key") and re.fullmatch(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_=-]{8,}", text):
        return True
    if not RANDOM.fullmatch(text) or not all(re.search(kind, text) for kind in ("[a-z]", "[A-Z]", r"\d")):
        return False
    shares = [text.count(character) / len(text) for character in set(text)]
    return -sum(share * math.log2(share) for share in shares) > 4.2
