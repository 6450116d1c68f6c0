"""The script, as a module; and what its tests share."""

import importlib.machinery
import importlib.util
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "real-aws-check"


def load():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("real_aws_check", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module
