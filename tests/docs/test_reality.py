"""The page of AWS's behaviors names every test of one, and no test names a behavior that is not listed."""

import pathlib
import subprocess
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
sys.dont_write_bytecode = True

import reality  # noqa: E402


def test_the_page_is_current():
    done = subprocess.run([TESTS / "reality.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/reality.tsv").write_text("# rows\n1\tStacks\tA read is late\n2\tStacks\tA read is mangled\n")
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def test_every_language_names_its_rows(repository):
    (repository / "one.rs").write_text("#[test]\nfn row_1_2_reads() {}\n    pub(crate) async fn row_2_more() {}\n")
    (repository / "two.py").write_text("class Tests:\n    async def test_row_2_python(self): ...\n")
    (repository / "three.ts").write_text('test("row 1: a title", x);\ntest.only(\n  \'rows 1, 2: another\', x);\n')
    assert reality.main([], repository) == 0
    page = (repository / "tests/reality.md").read_text()
    assert "Rows with a test: 2 / 2" in page
    assert "| 1 | A read is late | `one.rs::row_1_2_reads`<br>`three.ts::row 1: a title`<br>`three.ts::rows 1, 2: another` |" in page
    assert "`one.rs::row_2_more`" in page and "`two.py::test_row_2_python`" in page
    assert reality.main(["--check"], repository) == 0


def test_a_test_that_does_not_run_does_not_count(repository):
    (repository / "one.rs").write_text("#[test]\n#[ignore = \"slow\"]\n// Why.\nfn row_1_reads() {}\n")
    (repository / "three.ts").write_text('test.skip("row 2: a title", x);\n')
    assert reality.main([], repository) == 0
    page = (repository / "tests/reality.md").read_text()
    assert "Rows with a test: 0 / 2" in page and "| 1 | A read is late |  |" in page


def test_a_stale_page_fails_and_is_left_alone(repository):
    assert reality.main([], repository) == 0
    (repository / "one.rs").write_text("#[test]\nfn row_1_reads() {}\n")
    before = (repository / "tests/reality.md").read_text()
    assert reality.main(["--check"], repository) == 1
    assert (repository / "tests/reality.md").read_text() == before
    (repository / "tests/reality.md").unlink()
    assert reality.main(["--check"], repository) == 1


def test_an_unknown_row_is_named_with_its_test(repository, capsys):
    (repository / "one.rs").write_text("#[test]\nfn row_3_reads() {}\n")
    for arguments in ([], ["--check"]):
        assert reality.main(arguments, repository) == 1
        assert "one.rs: row_3_reads names row 3" in capsys.readouterr().err


def test_a_row_is_listed_once(repository):
    (repository / "tests/reality.tsv").write_text("1\tStacks\tA read is late\n1\tStacks\tAnother\n")
    with pytest.raises(ValueError, match="twice"):
        reality.main([], repository)
