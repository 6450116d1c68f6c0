"""Every type that we render exists where its stack is: what the program refuses is derived from CloudFormation's schemas.

    python -m pytest tests/gate.d/test_regions.py
"""

import json
import math
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import program  # noqa: E402
import schemas  # noqa: E402
import template  # noqa: E402
import tools  # noqa: E402

SOURCE = program.ROOT / "deployer"
EDGE_REGION = "us-east-1"
# AWS has the region, and this cfn-lint no schemas of it.
WITHOUT_SCHEMAS = {"me-south-1"}
# Partitions of their own, which the program refuses as a whole.
OTHER_PARTITIONS = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")

# Where the regions are, in degrees; a city is near enough.
PLACES = {
    "af-south-1": (-33.9, 18.4),
    "ap-east-1": (22.3, 114.2),
    "ap-east-2": (25.0, 121.5),
    "ap-northeast-1": (35.7, 139.7),
    "ap-northeast-2": (37.6, 127.0),
    "ap-northeast-3": (34.7, 135.5),
    "ap-south-1": (19.1, 72.9),
    "ap-south-2": (17.4, 78.5),
    "ap-southeast-1": (1.35, 103.8),
    "ap-southeast-2": (-33.9, 151.2),
    "ap-southeast-3": (-6.2, 106.8),
    "ap-southeast-4": (-37.8, 145.0),
    "ap-southeast-5": (3.1, 101.7),
    "ap-southeast-6": (-36.8, 174.8),
    "ap-southeast-7": (13.8, 100.5),
    "ca-central-1": (45.5, -73.6),
    "ca-west-1": (51.0, -114.1),
    "eu-central-1": (50.1, 8.7),
    "eu-central-2": (47.4, 8.5),
    "eu-north-1": (59.3, 18.1),
    "eu-south-1": (45.5, 9.2),
    "eu-south-2": (41.6, -0.9),
    "eu-west-1": (53.3, -6.3),
    "eu-west-2": (51.5, -0.1),
    "eu-west-3": (48.9, 2.4),
    "il-central-1": (32.1, 34.8),
    "me-central-1": (24.5, 54.4),
    "me-south-1": (26.2, 50.6),
    "mx-central-1": (20.6, -100.4),
    "sa-east-1": (-23.5, -46.6),
    "us-east-1": (38.9, -77.4),
    "us-east-2": (40.0, -83.0),
    "us-west-1": (37.4, -121.9),
    "us-west-2": (45.8, -119.7),
}


def _list(path, name):
    """The texts of a list in a source file."""
    found = re.search(rf"\b{name}: [^=]*= &?\[(.*?)\];", (SOURCE / path).read_text(), re.S)
    return re.findall(r'"([a-z0-9-]+)"', found[1])


@cache
def known_regions():
    return _list("src/config/regions.rs", "REGIONS")


@cache
def default_regions():
    """Those that are enabled in every account."""
    return _list("aws/src/classify/mod.rs", "REGIONS_ON_BY_DEFAULT")


@cache
def table():
    """What the program says of regions that lack something: the types, and the nearest region that has them."""
    text = (SOURCE / "src" / "config" / "regions.rs").read_text()
    rows = re.findall(r'Unfit \{ region: "(.*?)", lacks: &\[(.*?)\], nearest: "(.*?)" \}', text)
    return {region: (set(re.findall(r'"(.*?)"', lacks)), nearest) for region, lacks, nearest in rows}


@cache
def types():
    """The types of the golden templates, by stack."""
    found = defaultdict(set)
    for folder in program.golden():
        for stack in ("bootstrap", "edge", "main"):
            path = folder / f"{stack}.yaml"
            if path.exists():
                value, problem = template.load(path)
                assert not problem, problem
                found[stack].update(resource["Type"] for resource in value.resources.values())
    return found


def commercial(region):
    return not region.startswith(OTHER_PARTITIONS)


def lacking(region):
    """What a region lacks of the stacks that are made in it."""
    return (types()["bootstrap"] | types()["main"]) - schemas.provider(region).keys()


def distance(one, other):
    (north, east), (up, right) = (tuple(map(math.radians, PLACES[region])) for region in (one, other))
    across = math.sin((up - north) / 2) ** 2
    return math.asin(math.sqrt(across + math.cos(north) * math.cos(up) * math.sin((right - east) / 2) ** 2))


def test_row_37_38_the_table_of_regions_is_what_the_schemas_say():
    wanted = {}
    for region in filter(commercial, schemas.regions()):
        if missing := lacking(region):
            able = [other for other in default_regions() if not lacking(other)]
            wanted[region] = (missing, min(able, key=lambda other, region=region: distance(region, other)))
    assert table() == wanted
    assert len(wanted) == 11


def test_row_37_every_commercial_region_is_known():
    assert set(known_regions()) - WITHOUT_SCHEMAS == set(filter(commercial, schemas.regions()))
    assert not WITHOUT_SCHEMAS & set(schemas.regions())
    assert len(default_regions()) == 17
    assert set(default_regions()) <= set(known_regions()) == PLACES.keys()


def test_row_38_a_budget_is_only_where_every_deployment_can_have_one():
    budget = "AWS::Budgets::Budget"
    assert budget in types()["edge"]
    assert budget not in types()["bootstrap"] | types()["main"]
    assert not types()["edge"] - schemas.provider(EDGE_REGION).keys()
    # So it is not for nothing: regions that are not refused lack it.
    without = {region for region in filter(commercial, schemas.regions()) if budget not in schemas.provider(region)}
    assert {"af-south-1", "ap-northeast-3", "eu-north-1", "eu-south-2"} <= without - table().keys()


def lint(files, regions):
    """What cfn-lint finds in files when they are for these regions."""
    command = [tools.find("cfn-lint"), "--format", "json", "--regions", *regions, "--", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode & ~14 == 0, done.stderr
    found = json.loads(done.stdout or "[]")
    return [f"{one['Filename']}: {one['Rule']['Id']} {one['Message']}" for one in found]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """Every golden configuration for every region that is on by default: files of equal text once, with their regions."""
    root = tmp_path_factory.mktemp("rendered")
    texts = defaultdict(set)
    for golden in program.golden():
        text = (golden / "stellarr.yaml").read_text()
        for region in default_regions():
            folder = root / f"{golden.name}-{region}"
            folder.mkdir()
            # The region of the catalogue is another, and indented.
            moved = re.sub(r"^region: .*\n", "", text, flags=re.M) + f"\nregion: {region}\n"
            (folder / "stellarr.txt").write_text(moved)
            for stack, path in program.render(folder / "stellarr.txt", folder).items():
                place = EDGE_REGION if stack == "edge" else region
                texts[stack, path.read_text()].add(place)
    files = defaultdict(list)
    for number, ((stack, text), regions) in enumerate(sorted(texts.items())):
        path = root / f"{number}-{stack}.yaml"
        path.write_text(text)
        files[tuple(sorted(regions))].append(path)
    return files


def test_row_37_38_cfn_lint_finds_nothing_in_any_region_that_is_on_by_default(rendered):
    assert (EDGE_REGION,) in rendered
    assert set().union(*rendered) == set(default_regions())
    for regions, files in rendered.items():
        assert lint(files, regions) == []


def test_row_37_38_cfn_lint_tells_what_a_region_lacks(tmp_path):
    path = tmp_path / "address.yaml"
    path.write_text(
        "Resources:\n  Address:\n    Type: AWS::Lambda::Url\n"
        "    Properties: {AuthType: NONE, TargetFunctionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:x'}\n"
    )
    assert lint([path], ["eu-central-1"]) == []
    told = lint([path], ["eu-central-2"])
    assert any("AWS::Lambda::Url" in one and "eu-central-2" in one for one in told), told
