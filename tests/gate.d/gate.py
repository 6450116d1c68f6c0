"""The gate: collects templates, lets all judges look at them, prints what they found."""

import os
import sys
from pathlib import Path

import tools

try:
    import yaml  # noqa: F401
except ModuleNotFoundError:
    # The tools' own Python has it; whoever calls us may run any other.
    tools.continue_in_their_python()

import checks
import judges
import template
from finding import Finding

# What lies beside templates without being one.
NOT_TEMPLATES = {"stellarr.yaml"}
SUFFIXES = {".yaml", ".yml", ".json", ".template"}


def templates_below(folder):
    """Every file below a folder that should be a template, in order."""
    files = (path for path in Path(folder).rglob("*") if path.is_file())
    return sorted(path for path in files if path.suffix.lower() in SUFFIXES and path.name not in NOT_TEMPLATES)


def judge(paths, without_tools=()):
    """All findings of all judges on the given files; on those of the second list only our own checks'."""
    parsed = {path: template.load(path) for path in [*paths, *without_tools]}
    running = judges.start([path for path in paths if not parsed[path][1]])
    findings = []
    for path, (value, problem) in parsed.items():
        findings.extend([Finding(path, "unreadable", "", problem)] if problem else checks.run(path, value))
    findings.extend(judges.finish(running))
    return sorted(set(findings))


def main(arguments):
    if not arguments or any(argument.startswith("-") for argument in arguments):
        print("usage: tests/gate DIR...", file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    paths = []
    for folder in arguments:
        found = templates_below(folder) if os.path.isdir(folder) else []
        if not found:
            print(f"tests/gate: there is no template in {folder}", file=sys.stderr)
            return 2
        paths.extend(found)
    try:
        findings = judge(paths)
    except tools.ToolError as error:
        print(f"tests/gate: {error}", file=sys.stderr)
        return 2
    for finding in findings:
        print(finding)
    count = len(findings)
    print(f"{len(paths)} templates, {count} finding{'' if count == 1 else 's'}", file=sys.stderr)
    return 1 if findings else 0
