"""cfn-lint and checkov: each is started once for all templates, because starting takes most of their time."""

import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import allow
import tools
from finding import Finding


def start(paths):
    """Starts both tools side by side."""
    if not paths:
        return None
    # Both run in a folder of ours, where no settings of the caller's are found.
    folder = tempfile.TemporaryDirectory(prefix="gate-")
    lint = _run([tools.find("cfn-lint"), "--format", "json", "--", *(str(path.resolve()) for path in paths)], folder.name)
    # Checkov looks at numbered copies: it takes 40 characters of a path for an AWS secret, and its reports shorten paths.
    copies = {}
    for number, path in enumerate(paths):
        name = f"{number}{path.suffix.lower()}"
        copies[name] = path
        shutil.copyfile(path, Path(folder.name, name))
    # `--skip-download`: the guidelines are not needed, and a closed network would cost seconds.
    command = [tools.find("checkov"), "--framework", "cloudformation", "--skip-download", "--compact", "--quiet"]
    check = _run([*command, "--output", "json", "--directory", "."], folder.name)
    return paths, lint, check, folder, copies


def _run(command, folder):
    environment = {**os.environ, "LOG_LEVEL": "CRITICAL", "BC_SKIP_MAPPING": "TRUE"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=folder
    )


def finish(running):
    """Waits for both tools and returns what they found."""
    if not running:
        return []
    paths, lint, check, folder, copies = running
    with folder:
        # Both are read to their end first, so that neither waits for us with a full pipe.
        with ThreadPoolExecutor() as pool:
            results, reports = pool.map(_output, (lint, check), ("cfn-lint", "checkov"))
    by_path = {path.resolve(): path for path in paths}
    return [*_cfn_lint(lint, results, by_path), *_checkov(check, reports, copies)]


def _output(process, name):
    output, errors = process.communicate()
    try:
        return json.loads(output or "[]")
    except json.JSONDecodeError:
        raise tools.ToolError(f"{name} failed: {errors.strip()[-2000:] or output[-2000:]}") from None


def _cfn_lint(process, results, by_path):
    # 0 nothing, and a sum of 2 (errors), 4 (warnings), 8 (remarks); anything else is a failure of the tool itself.
    if process.returncode & ~14 or (process.returncode and not results):
        raise tools.ToolError(f"cfn-lint ended with status {process.returncode}")
    for result in results:
        path = by_path.get(Path(result["Filename"]).resolve(), Path(result["Filename"]))
        place = result["Location"].get("Path") or []
        resource = str(place[1]) if len(place) > 1 and place[0] == "Resources" else ""
        line = result["Location"]["Start"]["LineNumber"]
        yield Finding(path, f"cfn-lint:{result['Rule']['Id']}", resource, f"{result['Message']} (line {line})")


def _checkov(process, reports, copies):
    if process.returncode not in (0, 1):
        raise tools.ToolError(f"checkov ended with status {process.returncode}")
    reports = reports if isinstance(reports, list) else [reports]
    if not any(report.get("summary", {}).get("resource_count") for report in reports):
        raise tools.ToolError("checkov saw no resource at all")
    allowed = allow.load("checkov-allow.txt", 2)
    for report in reports:
        results = report.get("results", {})
        for name in results.get("parsing_errors", []):
            yield Finding(copies[Path(name).name], "checkov:unreadable", "", "not parsed")
        for failed in results.get("failed_checks", []):
            path = copies[Path(failed["file_path"]).name]
            resource = failed["resource"].rsplit(".", 1)[-1]
            if not any(exception.covers(failed["check_id"], resource) for exception in allowed):
                yield Finding(path, f"checkov:{failed['check_id']}", resource, failed["check_name"])
