"""The documentation's links lead somewhere, and its table of contents names every page."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "ARCHITECTURE.md"])


def without_code(text):
    """The text with fenced blocks blanked, so that code is not read as links or headings."""
    return re.sub(r"^( *)```.*?^\1```", "", text, flags=re.M | re.S)


def anchors(text):
    """The anchors of a page's headings, as forges and mdBook make them."""
    found = set()
    for heading in re.findall(r"^#+ +(.+?) *#*$", without_code(text), re.M):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    found.update(re.findall(r'<a (?:id|name)="([^"]+)"', text))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    text = without_code(page.read_text())
    text = re.sub(r"`[^`\n]*`", "", text)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file.read_text())):
            broken.append(target)
    assert broken == []


def test_the_summary_names_every_page():
    summary = (DOCS / "SUMMARY.md").read_text()
    listed = {(DOCS / target).resolve() for target in re.findall(r"\]\(([^)#]+)\)", summary)}
    pages = {page for page in DOCS.rglob("*.md") if page.name != "SUMMARY.md"}
    assert {str(page.relative_to(DOCS)) for page in pages - listed} == set()


def test_the_book_reads_its_pages_from_here():
    book = (DOCS / "book.toml").read_text()
    assert 'src = "."' in book


# Mentions of cargo that are not commands to run, and the command that regenerates the generated pages.
NOT_RUN = ("cargo build of", "`cargo install` would", "STELLARR_UPDATE")


def test_cargo_keeps_to_the_lock_file_and_actions_are_pinned():
    files = [*PAGES, ROOT / ".ci/run"]
    for folder, endings in [("tests", (".py", ".sh", "")), ("deployer/src", (".rs",))]:
        files += [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in endings and path != pathlib.Path(__file__)]
    run = re.compile(r"\bcargo (?:build|run|install|test|clippy|nextest run)\b(?! --locked)")
    listed = re.compile(r'"cargo", "(?:build|run|test)"(?!, "--locked")|\["build", "--(?!locked)')
    loose = []
    for path in files:
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if any(known in line for known in NOT_RUN):
                continue
            if run.search(line) or listed.search(line) or re.search(r"- uses: (?!.*@[0-9a-f]{40}\b)", line):
                loose.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert loose == []


def test_the_tools_of_the_tests_are_pinned_with_their_hashes():
    text = (ROOT / "tests/requirements.txt").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []
    pins = {line.split(" ")[0].lower() for line in lines}
    wanted = (ROOT / "tests/requirements.in").read_text().splitlines()
    assert {line.split(" ")[0].lower() for line in wanted if not line.startswith("#")} <= pins
    assert "--require-hashes" in (ROOT / "tests/tools.sh").read_text()
