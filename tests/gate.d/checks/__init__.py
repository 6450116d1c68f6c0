"""Our own checks, for what cfn-lint and checkov miss. Each yields (check, resource, message)."""

from finding import Finding

from . import access, buckets, data, distribution, functions, policies, references, secrets, sight

# What is asked of the template as it was written.
WRITTEN = (sight.run, references.run, secrets.comments)
# What is asked of each way that its conditions may go.
DECIDED = (references.linked, secrets.run, policies.run, access.run, buckets.run, functions.run, data.run, distribution.run)


def run(path, template):
    """Every finding on one template."""
    found = [finding for check in WRITTEN for finding in _of(check, template)]
    for variant in template.variants():
        found.extend(finding for check in DECIDED for finding in _of(check, variant))
    return [Finding(path, *finding) for finding in dict.fromkeys(found)]


def _of(check, template):
    # A value of an unexpected kind (a list where an object belongs) must not end the gate before it names the rest.
    try:
        return list(check(template))
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        name = check.__module__.rsplit(".", 1)[-1]
        return [("not-judged", "", f"the check of {name} can't read it: {error}")]
