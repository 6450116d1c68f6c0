"""The rules of ARCHITECTURE.md on who may use whom."""

import json
import pathlib
import re
import subprocess

import pytest
from module_graph import ROOT, Crate, crates

# The stages of a deploy. The pipeline, deployer/src/deploy, passes values from one to the next.
STAGES = [
    "stacks::plan",
    "stacks::render",
    "build",
    "secrets",
    "releases::publish",
    "stacks::apply",
    "site::sync",
    "site::invalidate",
    "jobs::warm",
    "site::verify",
]

# The crates that run on Lambda; the self-hosted process holds them all.
FUNCTIONS = {f"functions/{file.parent.parent.name}" for file in (ROOT / "functions").glob("*/src/lambda.rs")}

# Which crates of ours a crate may depend on, tests left aside.
MAY_USE = {
    "deployer": {"deployer/aws", "deployer/standin", "deployer/migrate", "functions/core"},
    "deployer/aws": set(),
    "deployer/testing": {"deployer/aws"},
    "deployer/standin": set(),
    "deployer/migrate": set(),
    "functions/core": set(),
    "functions/store": {"functions/core"},
    "functions/upstream": {"functions/core"},
    "functions/server": {"functions/core", "functions/store", "functions/upstream"} | FUNCTIONS,
} | {function: {"functions/core", "functions/store", "functions/upstream"} for function in FUNCTIONS}

# Who may call AWS's own libraries.
CALLS_AWS = {"deployer/aws", "functions/store"}


@pytest.fixture(scope="module")
def workspace():
    return {crate.name(): crate for crate in map(Crate, crates())}


def test_no_folder_has_a_cycle_among_its_modules(workspace):
    assert [cycle for crate in workspace.values() for cycle in crate.cycles()] == []


def test_only_two_crates_call_aws(workspace):
    found = [
        str(crate.files[module].relative_to(ROOT))
        for name, crate in workspace.items()
        if name not in CALLS_AWS
        for module, text in crate.texts.items()
        if re.search(r"\baws_sdk_", text)
    ]
    assert found == []


def stages_that_know_another(crate):
    stages = [tuple(stage.split("::")) for stage in STAGES]
    stage_of = lambda module: next((stage for stage in stages if module[: len(stage)] == stage), None)  # noqa: E731
    return sorted(
        f"{'::'.join(module)} uses {'::'.join(other)}"
        for module, used in crate.uses.items()
        for other in used
        if stage_of(module) and stage_of(other) not in (None, stage_of(module))
    )


def test_no_stage_knows_another(workspace):
    deployer = workspace["deployer"]
    assert all(tuple(stage.split("::")) in deployer.files for stage in STAGES), "a stage has another name now"
    assert stages_that_know_another(deployer) == []


def test_crates_use_only_those_below_them():
    told = subprocess.run(["cargo", "metadata", "--no-deps", "--locked", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True)
    packages = json.loads(told.stdout)["packages"]
    folder = lambda path: str(pathlib.Path(path).relative_to(ROOT))  # noqa: E731
    used = {
        folder(pathlib.Path(package["manifest_path"]).parent): {
            folder(one["path"]) for one in package["dependencies"] if one.get("path") and one["kind"] != "dev"
        }
        for package in packages
    }
    assert set(used) == set(MAY_USE)
    assert {name: loose for name, of in used.items() if (loose := of - MAY_USE[name])} == {}


def test_use_cases_do_not_know_the_commands(workspace):
    above = {"commands", "cli", "run", "pages"}
    found = [
        f"{'::'.join(module)} uses {'::'.join(other)}"
        for module, used in workspace["deployer"].uses.items()
        for other in used
        if module and module[0] not in above and other and other[0] in above
    ]
    assert found == []


def test_the_command_has_few_loose_files():
    assert len(list((ROOT / "deployer" / "src").glob("*.rs"))) <= 8


# The tests above find what they look for.


def crate_of(folder, **files):
    for name, text in files.items():
        path = folder / "src" / (name.replace("__", "/") + ".rs")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Crate(folder / "src")


def test_a_cycle_is_found_whatever_way_the_modules_are_named(tmp_path):
    for number, (one, other) in enumerate(
        [
            ("use crate::b::B;", "use crate::a::A;"),
            ("use crate::{c::C, b::{B, D}};", "use super::a;"),
            ("fn a() { crate::b::b() }", "fn b() { super::a::a() }"),
        ]
    ):
        crate = crate_of(tmp_path / str(number), lib="mod a;\nmod b;\nmod c;", a=one, b=other, c="")
        assert len(crate.cycles()) == 1 and "a, b" in crate.cycles()[0]


def test_a_cycle_through_the_files_of_two_folders_is_found(tmp_path):
    crate = crate_of(tmp_path, lib="", a__mod="mod x;", a__x="use crate::b::y;", b__mod="mod y; mod z;", b__y="", b__z="use crate::a;")
    assert len(crate.cycles()) == 1


def test_tests_may_use_anything(tmp_path):
    tests = "use crate::b;\n#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n"
    crate = crate_of(tmp_path, lib="", a=tests, b="#[cfg(test)]\nmod inner;", b__inner="use crate::a;")
    assert crate.cycles() == []


def test_a_stage_that_knows_another_is_found(tmp_path):
    crate = crate_of(tmp_path, lib="", site__mod="", site__sync="use crate::releases::publish;", releases__mod="", releases__publish="")
    assert stages_that_know_another(crate) == ["site::sync uses releases::publish"]
