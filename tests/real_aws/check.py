"""One check of a real deployment: its steps, and the two programs that they run."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Carried by every stack of a check, and asked for before anything is deleted.
TAG = "real-aws-check"
# A role's session lasts an hour even when it is taken from another role.
SESSION_SECONDS = 3600


class Problem(Exception):
    """A check that did not hold: what was expected, and what was found."""

    def __init__(self, message, output=""):
        super().__init__(message)
        self.output = output


class Skip(Exception):
    """A step that cannot run here, and why."""


class Refused(Exception):
    """Nothing was created."""


def run(command, environment, seconds, echo=False):
    """Runs a command in a group of its own, so that Ctrl-C reaches it once and it ends in good order."""
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    timer_end = time.monotonic() + seconds
    lines = []
    try:
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGTERM))
        signal.alarm(max(1, int(timer_end - time.monotonic())))
        for line in process.stdout:
            lines.append(line)
            if echo:
                sys.stdout.write("    " + line)
                sys.stdout.flush()
        return process.wait(), "".join(lines)
    except KeyboardInterrupt:
        print("\nInterrupted: waiting for the running command to stop.", flush=True)
        for number, patience in ((signal.SIGINT, 120), (signal.SIGTERM, 20), (signal.SIGKILL, 5)):
            try:
                os.killpg(process.pid, number)
                process.communicate(timeout=patience)
                break
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        raise
    finally:
        signal.alarm(0)


class Check:
    """One run: its name, its folder, its credentials, and what it found."""

    def __init__(self, options, name, redact):
        self.options, self.name, self.redact = options, name, redact
        self.prefix = f"{name}-prod"
        self.role_stack = f"{self.prefix}-role"
        self.folder = options.folder / name
        self.config = self.folder / "stellarr.yaml"
        self.sandbox = options.sandbox
        self.own = dict(os.environ)
        self.own.update(NO_COLOR="1", AWS_PAGER="", AWS_DEFAULT_OUTPUT="json")
        self.role = None
        self.results = []
        self.notes = []
        self.site = None
        self.interrupted = False
        self.given = {}

    # -- the two programs

    def aws(self, *arguments, code=0, seconds=300, environment=None):
        """Runs the AWS CLI with the person's own credentials; returns what it prints as JSON."""
        environment = dict(environment or self.own, AWS_DEFAULT_REGION=self.options.region, AWS_REGION=self.options.region)
        status, text = run([self.options.aws, *arguments], environment, seconds)
        if code is not None and status != code:
            raise Problem(f"`aws {arguments[0]} {arguments[1]}` ended with {status}, not {code}", text)
        try:
            return json.loads(text) if status == 0 and text.strip() else (text if status else {})
        except ValueError:
            return text

    def stellarr(self, *arguments, code=0, seconds=2400, role=True, echo=False):
        """Runs stellarr, under the role where there is one; returns what it prints."""
        environment = dict(self.own)
        if role and self.role:
            for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
                environment.pop(variable, None)
            environment.update(self.role)
        environment.update(self.given)
        command = [self.options.stellarr, *arguments, "--config", self.config]
        if self.sandbox and arguments[0] not in ("policy", "sandbox"):
            command.append("--sandbox")
            environment.pop("TMDB_API_KEY", None)
        status, text = run(command, environment, seconds, echo)
        if code is not None and status != code:
            raise Problem(f"`stellarr {' '.join(arguments[:2])}` ended with {status}, not {code}", text)
        return text

    def data(self, *arguments, code=0):
        """What stellarr prints as JSON."""
        text = self.stellarr(*arguments, "--json", "--quiet", code=code)
        start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=None)
        if start is None:
            raise Problem(f"`stellarr {arguments[0]} --json` printed no JSON", text)
        return json.JSONDecoder().raw_decode(text[start:])[0]

    def get(self, path, wanted=200, seconds=180, holds=None):
        """Asks the site until it answers as it should; a new address is not known everywhere at once."""
        end, last = time.monotonic() + seconds, "no answer"
        while True:
            try:
                with urllib.request.urlopen(urllib.request.Request(self.site + path), timeout=30) as answer:
                    status, text = answer.status, answer.read().decode(errors="replace")
            except urllib.error.HTTPError as error:
                status, text = error.code, error.read().decode(errors="replace")
            except (OSError, ValueError) as error:
                status, text = None, str(error)
            if status == wanted and (holds is None or holds(text)):
                return text
            last = f"{status}: {text[:300]}"
            if time.monotonic() > end:
                path = path.split("?")[0]
                raise Problem(f"the site did not answer {path} with {wanted} and the expected content within {seconds} s", last)
            time.sleep(5)

    def release(self):
        return self.data("status")["release"]["sequence"]

    def shown_name(self, name):
        self.get("/config.json", holds=lambda text: json.loads(text).get("app_name") == name)

    # -- configuration

    def configure(self, app_name, boundary=None):
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f"name: {self.name}",
            f"app_name: {app_name}",
            f"region: {self.options.region}",
            "locales: [en]",
            "removal_policy: delete",
            f"tags: {{purpose: {TAG}}}",
        ]
        boundary = boundary or getattr(self, "boundary", None)
        if boundary:
            self.boundary = boundary
            lines.append(f"permissions_boundary: {boundary}")
        self.config.write_text("\n".join(lines) + "\n")

    # -- what is there

    def stack(self, name):
        """A stack's description; none when there is none."""
        status, text = run(
            [self.options.aws, "cloudformation", "describe-stacks", "--stack-name", name],
            dict(self.own, AWS_DEFAULT_REGION=self.options.region, AWS_REGION=self.options.region),
            120,
        )
        if status == 0:
            stack = json.loads(text)["Stacks"][0]
            return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack
        if "does not exist" in text:
            return None
        raise Problem("CloudFormation could not be asked about a stack", text)

    def stacks(self):
        names = (self.prefix, f"{self.prefix}-bootstrap", f"{self.prefix}-edge", self.role_stack)
        return {name: stack for name in names if (stack := self.stack(name))}

    def refuse_taken_name(self):
        taken = list(self.stacks()) if self.options.aws else []
        if taken:
            raise Refused(f"there is a stack {taken[0]} already: run this again, it chooses another name each time")

    # -- the steps

    def make_role(self):
        """Creates the role from what `stellarr policy` prints, and takes it."""
        if not self.options.aws:
            raise Skip("the AWS CLI is not installed")
        self.configure("Real check", boundary=f"{self.prefix}-boundary")
        text = self.stellarr("policy", "--format", "cloudformation", "--boundary", "--quiet", role=False)
        template = json.JSONDecoder().raw_decode(text[text.index("{"):])[0]
        printed = template["Resources"]["FunctionsBoundary"]["Properties"]["ManagedPolicyName"]
        if printed != self.boundary:
            raise Problem(f"the boundary is called otherwise than {self.prefix}-boundary", printed)
        file = self.folder / "role.json"
        file.write_text(json.dumps(template, indent=1))
        self.aws(
            "cloudformation", "create-stack", "--stack-name", self.role_stack, "--template-body", f"file://{file}",
            "--capabilities", "CAPABILITY_NAMED_IAM", "--tags", f"Key=purpose,Value={TAG}",
        )  # fmt: skip
        self.aws("cloudformation", "wait", "stack-create-complete", "--stack-name", self.role_stack, seconds=900)
        self.take_role()
        return "the role is created from the printed policy, with its boundary, and taken"

    def take_role(self):
        outputs = {one["OutputKey"]: one["OutputValue"] for one in self.stack(self.role_stack)["Outputs"]}
        end = time.monotonic() + 120
        while True:
            answer = self.aws(
                "sts", "assume-role", "--role-arn", outputs["DeployRoleArn"], "--role-session-name", TAG,
                "--duration-seconds", str(SESSION_SECONDS), code=None,
            )  # fmt: skip
            if isinstance(answer, dict) and "Credentials" in answer:
                break
            if time.monotonic() > end:
                raise Problem("the role could not be taken within two minutes", answer)
            # IAM takes some seconds until a new role is known everywhere.
            time.sleep(5)
        credentials = answer["Credentials"]
        names = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}
        for name in names.values():
            self.redact.learn(credentials[name], "<secret>")
        role = {variable: credentials[name] for variable, name in names.items()}
        clean = {key: value for key, value in self.own.items() if key not in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")}
        who = self.aws("sts", "get-caller-identity", environment={**clean, **role})["Arn"]
        if self.sandbox:
            # The emulator knows the role, and lets every key do everything.
            self.notes.append("The sandbox does not enforce a role's policy: whether the printed policy suffices was not checked.")
            return
        if f":assumed-role/{self.prefix}-deploy/" not in who:
            raise Problem("the credentials are not those of the role", who)
        self.role = role

    def first_deploy(self):
        """Deploys for the first time."""
        text = self.stellarr("deploy", "--yes", echo=True)
        for stage in ("build", "bootstrap", "secrets", "publish", "apply", "sync", "warm", "verify"):
            if not re.search(rf"^✓ {stage}\b", text, re.M):
                raise Problem(f"the deploy did not report the stage {stage}", text)
        self.learn_deployment()
        self.get("/", holds=lambda page: "<!doctype html" in page.lower())
        self.get("/api/health", holds=lambda page: json.loads(page)["status"] == "healthy")
        self.get("/trending-all-en.json", holds=lambda page: json.loads(page)["results"])
        self.get("/list/radarr", wanted=401)
        self.get(self.addresses["radarr"].split(self.site, 1)[1], holds=lambda page: json.loads(page) == [])
        state = self.data("status")
        unfinished = [one["status"] for one in state["stacks"] if not one["status"].endswith("_COMPLETE")]
        if state["problems"] or unfinished or len(state["stacks"]) != 2:
            raise Problem("`stellarr status` reports problems", json.dumps([state["problems"], unfinished]))
        self.sequence = state["release"]["sequence"]
        return "page, API and trending list answer; the request lists need their token; both stacks are complete"

    def learn_deployment(self):
        outputs = self.data("outputs")
        for value in outputs.values():
            self.redact.learn(value, "<output>")
        self.site = outputs["website_url"].rstrip("/")
        self.redact.learn(self.site, "<site>")
        self.addresses = self.data("secrets", "addresses")
        for address in self.addresses.values():
            self.redact.learn(address, "<url>")
            self.redact.learn(address.partition("token=")[2], "<secret>")

    def repeat(self):
        """Deploys again without a change."""
        text = self.stellarr("deploy", "--yes")
        if "Nothing to change" not in text:
            raise Problem("the deploy changed something", text)
        self.stellarr("diff", "--exit-code", "--no-build")
        if self.release() != self.sequence:
            raise Problem("there is another release", "")
        return "the deploy and `diff` report nothing to change; the release is the same"

    def change(self):
        """Deploys a change."""
        self.configure("Real check two")
        self.stellarr("diff", "--exit-code", code=3)
        self.stellarr("deploy", "--yes")
        self.shown_name("Real check two")
        if self.release() != self.sequence + 1:
            raise Problem("the release did not move on by one", "")
        return "`diff` reports the change (exit code 3), and the site shows it"

    def back(self):
        """Goes back to the release before."""
        self.stellarr("rollback", "--yes")
        self.shown_name("Real check")
        if self.release() != self.sequence + 2:
            raise Problem("going back is not a release of its own", "")
        return "the site shows the first release again"

    def logs(self):
        """Shows the functions' logs."""
        self.get("/api/health")
        end = time.monotonic() + 120
        while True:
            text = self.stellarr("logs", "--since", "1h", "--json", "--quiet")
            lines = [line for line in text.splitlines() if line.startswith("{")]
            if lines:
                json.loads(lines[0])
                break
            if time.monotonic() > end:
                raise Problem("no log line appeared within two minutes", text)
            # CloudWatch shows lines some seconds late.
            time.sleep(10)
        for value in self.addresses.values():
            token = value.partition("token=")[2]
            if token and token in text:
                raise Problem("a token is in the logs", "")
        return "log lines arrive, and hold no token"

    def destroy(self):
        """Deletes the deployment with its data."""
        self.configure("Real check")
        if self.role and self.options.aws:
            self.take_role()
        try:
            text = self.stellarr("destroy", "--yes", self.prefix, "--delete-data", echo=True)
        except Problem as problem:
            if not self.role:
                raise
            self.notes.append("The role could not delete everything; the rest was deleted with your own credentials.")
            self.stellarr("destroy", "--yes", self.prefix, "--delete-data", role=False, echo=True)
            raise problem
        if "everything is gone" not in text and "there is nothing to delete" not in text:
            raise Problem("the command does not report that everything is gone", text)
        self.stellarr("outputs", code=1)
        self.nothing_left()
        return "no stack, table, bucket, secret, function or log group is left"

    def nothing_left(self):
        """Asks AWS itself for everything that a deployment is made of."""
        if not self.options.aws:
            self.notes.append("Without the AWS CLI, only stellarr's own commands checked for leftover resources.")
            return
        left = [f"the stack …{name.removeprefix(self.prefix)}" for name in self.stacks() if name != self.role_stack]
        looks = [
            ("a table", ("dynamodb", "list-tables"), "TableNames", lambda one: one),
            ("a bucket", ("s3api", "list-buckets"), "Buckets", lambda one: one["Name"]),
            ("a secret", ("secretsmanager", "list-secrets"), "SecretList", lambda one: "" if one.get("DeletedDate") else one["Name"]),
            ("a function", ("lambda", "list-functions"), "Functions", lambda one: one["FunctionName"]),
            (
                "a log group",
                ("logs", "describe-log-groups", "--log-group-name-prefix", f"/aws/lambda/{self.prefix}-"),
                "logGroups",
                lambda one: one["logGroupName"].removeprefix("/aws/lambda/"),
            ),
        ]
        for what, call, key, name in looks:
            answer = self.aws(*call, code=None)
            if not isinstance(answer, dict):
                self.notes.append(f"Whether {what} is left could not be asked: `aws {call[0]} {call[1]}` failed.")
                continue
            left += [what for one in answer.get(key) or [] if name(one).startswith(self.prefix)]
        if left:
            raise Problem(f"still there: {', '.join(sorted(set(left)))}", "")

    def remove_role(self):
        """Deletes the role and its policies."""
        if not self.options.aws:
            raise Skip("no role was created")
        if self.stack(self.role_stack):
            self.aws("cloudformation", "delete-stack", "--stack-name", self.role_stack)
            self.aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", self.role_stack, seconds=900)
        if self.stack(self.role_stack):
            raise Problem("the role's stack is still there", "")
        return "the role, its policies and its boundary are gone"

    STEPS = [
        ("role", "make_role", ()),
        ("first deploy", "first_deploy", ("role",)),
        ("deploy without a change", "repeat", ("first deploy",)),
        ("deploy of one change", "change", ("first deploy",)),
        ("rollback", "back", ("deploy of one change",)),
        ("logs", "logs", ("first deploy",)),
    ]
    CLEANUP = [("destroy", "destroy"), ("role removed", "remove_role")]

    def step(self, title, method):
        print(f"\n== {title}", flush=True)
        since = time.monotonic()
        result, words, output = "failed", "", ""
        try:
            result, words = "passed", getattr(self, method)()
        except Skip as skip:
            result, words = "skipped", str(skip)
        except Problem as problem:
            result, words, output = "failed", str(problem), problem.output
        except KeyboardInterrupt:
            result, words = "interrupted", "Ctrl-C"
            raise
        except Exception as error:  # A fault of this script must not keep the cleanup from running.
            result, words = "failed", f"{type(error).__name__}: {error}"
        finally:
            seconds = time.monotonic() - since
            self.results.append((title, result, seconds, words, str(output)))
            print(f"-- {title}: {result} in {seconds:.0f} s. {self.redact(words)}", flush=True)
        return result

    def go(self):
        done = {}
        try:
            for title, method, needs in self.STEPS:
                if any(done.get(need) not in ("passed", "skipped") for need in needs):
                    self.results.append((title, "not run", 0.0, f"needs: {', '.join(needs)}", ""))
                    continue
                done[title] = self.step(title, method)
        except KeyboardInterrupt:
            self.interrupted = True
            print("\nCleaning up. Press Ctrl-C again to stop that too.", flush=True)
        self.clean_up()

    def clean_up(self):
        try:
            for title, method in self.CLEANUP:
                self.step(title, method)
        except KeyboardInterrupt:
            self.interrupted = True
        if any(result != "passed" for title, result, *_ in self.results if title in dict(self.CLEANUP)):
            self.notes.append("The cleanup is not complete: see below how to finish it.")

    # -- the report

    def passed(self):
        return not self.interrupted and all(result in ("passed", "skipped") for _, result, *_ in self.results)
