"""The gate finds nothing in what we render, and the reason in everything that was broken on purpose.

    python3 -m unittest discover tests/gate.d
"""

import itertools
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import tools  # noqa: E402

try:
    import yaml  # noqa: F401
except ModuleNotFoundError:
    tools.continue_in_their_python()

import allow  # noqa: E402
import broken  # noqa: E402
import checks  # noqa: E402
import gate  # noqa: E402
import intrinsics  # noqa: E402
import program  # noqa: E402
import shapes  # noqa: E402
import template  # noqa: E402

# Written as other tools write them; a reasonable template is not refused for its style.
REASONABLE = HERE / "reasonable"


class Gate(unittest.TestCase):
    """One run over everything, because starting the tools takes most of the time."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="broken-")
        cls.addClassCleanup(folder.cleanup)
        cls.golden = [path for folder in program.golden() for path in gate.templates_below(folder)]
        cls.broken = broken.all_of(folder.name)
        cls.used = {"checkov-allow.txt": set(), "wildcard-allow.txt": set()}
        # The tools take seconds for a whole template: they look at the broken ones that they must object to.
        with_tools = [*cls.golden, *(one.path for one in cls.broken if one.needs_tools)]
        others = [one.path for one in cls.broken if not one.needs_tools]
        cls.findings = {path: [] for path in [*with_tools, *others]}
        with _recording(cls.used):
            for finding in gate.judge(with_tools, others):
                cls.findings[finding.path].append(finding)

    def test_nothing_is_found_in_what_we_render(self):
        self.assertGreaterEqual(len(program.golden()), 6)
        for path in self.golden:
            with self.subTest("/".join(path.parts[-2:])):
                self.assertEqual([], [str(finding) for finding in self.findings[path]])

    def test_every_broken_template_is_rejected_for_its_reason(self):
        self.assertGreaterEqual(len(self.broken), 118)
        for one in self.broken:
            with self.subTest(one.source.name):
                found = {f"{finding.check} {finding.resource}".strip() for finding in self.findings[one.path]}
                self.assertLessEqual(one.expected, found)
                # The tools may see more in it; our own checks must name the one mistake and nothing else.
                own = {finding for finding in found if ":" not in finding}
                self.assertEqual({finding for finding in one.expected if ":" not in finding}, own)

    def test_a_reasonable_template_passes_our_checks(self):
        paths = gate.templates_below(REASONABLE)
        self.assertEqual({".json", ".yaml"}, {path.suffix for path in paths})
        for path in paths:
            with self.subTest(path.name):
                value, problem = template.load(path)
                self.assertIsNone(problem)
                self.assertEqual([], [str(finding) for finding in checks.run(path, value)])

    def test_every_check_is_shown_to_fire(self):
        source = "".join(path.read_text(encoding="utf-8") for path in (HERE / "checks").glob("*.py"))
        shown = {check for one in self.broken for check in one.checks}
        named = set(re.findall(r'yield f?"([a-z]+(?:-[a-z]+)+)"', source))
        self.assertGreater(len(named), 30)
        self.assertEqual(set(), named - shown)

    def test_no_exception_is_left_over(self):
        for name, fields in (("checkov-allow.txt", 2), ("wildcard-allow.txt", 3)):
            for exception in allow.load(name, fields):
                with self.subTest(exception.fields):
                    self.assertIn(exception.fields, self.used[name])


class Conditions(unittest.TestCase):
    """Every branch is looked at, in every pairing, however many conditions there are."""

    def test_all_pairs_of_branches(self):
        for count in (0, 1, 3, 6, 12):
            names = [f"C{number:02}" for number in range(count)]
            ways = list(intrinsics.decisions([{"Fn::If": [name, "yes", "no"]} for name in names]))
            with self.subTest(count):
                self.assertEqual(len(ways), len(set(ways)))
                self.assertLess(len(ways), 200)
                for first, second in itertools.combinations(names, 2):
                    seen = {(first in held, second in held) for held in ways}
                    self.assertEqual(4, len(seen))

    def test_functions_of_constants_are_what_they_return(self):
        table = {"Map": {"a": {"b": "x"}}}
        cases = [
            ({"Fn::Join": ["-", ["a", 1, True]]}, "a-1-true"),
            ({"Fn::Join": ["", ["a", {"Ref": "B"}]]}, {"Fn::Sub": "a${B}"}),
            ({"Fn::Join": ["", [{"Fn::GetAtt": ["B", "Arn"]}]]}, {"Fn::GetAtt": ["B", "Arn"]}),
            ({"Fn::Join": ["", ["a", {"Fn::ImportValue": "b"}]]}, {"Fn::Join": ["", ["a", {"Fn::ImportValue": "b"}]]}),
            ({"Fn::Sub": ["${x}/*", {"x": {"Fn::GetAtt": ["B", "Arn"]}}]}, {"Fn::Sub": "${B.Arn}/*"}),
            ({"Fn::Sub": "${!x}"}, "${x}"),
            ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
            ({"Fn::FindInMap": ["Map", "a", "b"]}, "x"),
            ({"Fn::If": ["C", {"Ref": "AWS::NoValue"}, ["a", {"Ref": "AWS::NoValue"}]]}, ["a"]),
        ]
        for written, simplest in cases:
            with self.subTest(str(written)):
                self.assertEqual(simplest, intrinsics.decide(written, frozenset(), table))


class Names(unittest.TestCase):
    """What is called a secret, and what is only about one."""

    def test_names_of_secrets(self):
        for name in (
            "DB_PASS", "PRESHARED_PASSWORD", "db-password", "pwd", "FEED_TOKEN", "TOKEN_2", "ApiKey", "API_KEY", "apikey",
            "TMDB_APIKEY", "credentials", "VAPID_PRIVATE", "PrivateKey", "CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "JWT",
        ):
            with self.subTest(name):
                self.assertTrue(shapes.is_secret_name(name))

    def test_names_of_other_things(self):
        for name in (
            "APP_SECRET_ARN", "AppSecretArn", "SecretId", "TOKEN_TTL", "PasswordLength", "ORIGIN_VERIFY_SHA256", "HttpTokens",
            "MAX_TOKENS", "PrivateDnsEnabled", "PassthroughBehavior", "Compass", "S3Key", "KeyType", "TokenUrl", "BYPASS_CACHE",
        ):
            with self.subTest(name):
                self.assertFalse(shapes.is_secret_name(name))


class _recording:
    """Notes which exceptions were needed."""

    def __init__(self, used):
        self.used = used

    def __enter__(self):
        self.load, self.covers = allow.load, allow.Exception_.covers
        recorder = self

        def covers(exception, *values):
            found = recorder.covers(exception, *values)
            if found:
                name = "checkov-allow.txt" if len(exception.fields) == 2 else "wildcard-allow.txt"
                recorder.used[name].add(exception.fields)
            return found

        allow.Exception_.covers = covers

    def __exit__(self, *_):
        allow.Exception_.covers = self.covers


if __name__ == "__main__":
    unittest.main()
