"""What a judge objects to."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    """One objection to one resource of one template."""

    path: Path
    # `ref-unresolved` for our own checks, `cfn-lint:E3002` or `checkov:CKV_AWS_20` for the tools'.
    check: str
    resource: str
    message: str

    def __str__(self):
        where = os.path.relpath(self.path)
        resource = f" {self.resource}:" if self.resource else ""
        return f"{where}: [{self.check}]{resource} {self.message}"
