"""Our own checks, for what cfn-lint and checkov miss. Each yields (check, resource, message)."""

from finding import Finding

from . import buckets, data, distribution, functions, policies, references, secrets

ALL = (references.run, secrets.run, policies.run, buckets.run, functions.run, data.run, distribution.run)


def run(path, template):
    """Every finding on one template."""
    return [Finding(path, *found) for check in ALL for found in check(template)]
