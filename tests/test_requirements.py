"""The register of requirements: what counts as proven, what is refused."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from open_requirements import Reason, claimed_whole, disagreements, read_reasons
from requirements import proofs_of, ranges, read_documents
from requirements_report import as_data, show, unknown_ids
from rich.console import Console
from trial import run_pytest


def kept(folder: Path) -> dict[str, Any]:
    return json.loads((folder / ".pytest_cache/v/pickup/requirements").read_text())


def test_given_the_five_texts_when_read_then_every_number_is_there_once() -> None:
    documents = read_documents()

    counts = {document.name: len(document.ids) for document in documents}
    assert counts == {
        "durability.md": 88,
        "operations.md": 122,
        "outbound-and-templates.md": 107,
        "preview-and-tenancy.md": 86,
        "rental-and-pickup.md": 69,
    }
    for document in documents:
        prefix = document.ids[0][:3]
        assert sorted(document.ids) == sorted(f"{prefix}{n:02}" for n in range(1, len(document.ids) + 1))


def test_given_an_id_in_two_documents_when_read_then_both_are_named(tmp_path: Path) -> None:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("# A text\n\n- **PT-01** **must**: answer.\n")

    with pytest.raises(ValueError, match=r"PT-01 is defined in a\.md and again in b\.md"):
        read_documents(tmp_path)


def test_given_tests_that_pass_fail_and_skip_when_run_then_only_the_passed_proves(tmp_path: Path) -> None:
    run = run_pytest(
        tmp_path,
        """
import pytest
pytestmark = pytest.mark.requirement("PT-01")

@pytest.mark.requirement("PT-02", "DU-10")
def test_good(): pass

@pytest.mark.requirement("PT-03")
def test_bad(): assert False

@pytest.mark.requirement("PT-04")
def test_absent(): pytest.skip("another day")

@pytest.mark.requirement("PT-05")
@pytest.mark.xfail
def test_expected_to_fail(): assert False

@pytest.fixture
def breaks():
    yield
    raise OSError

@pytest.mark.requirement("PT-06")
def test_breaks_at_the_end(breaks): pass
""",
    )
    proofs = proofs_of(kept(tmp_path))

    assert run.returncode == 1
    assert [id_ for id_ in ("PT-01", "PT-02", "PT-03", "PT-04", "PT-05", "PT-06", "DU-10") if proofs.proven(id_)] == [
        "PT-02",
        "DU-10",
    ]
    assert "PT-01" in proofs.passed, "passed once, but it isn't proven while another test of it fails"
    assert set(proofs.skipped) == {"PT-01", "PT-04", "PT-05"}


def test_given_tests_on_several_workers_when_run_then_the_outcomes_are_gathered(tmp_path: Path) -> None:
    source = (
        'import pytest\n@pytest.mark.requirement("OP-01")\n@pytest.mark.parametrize("n", range(4))\ndef test(n): pass\n'
    )

    run = run_pytest(tmp_path, source, "-n", "2")

    assert "1 of 472 requirements proven, 0 more in part" in run.stdout
    assert len(proofs_of(kept(tmp_path)).passed["OP-01"]) == 4


def test_given_wrong_marks_when_run_then_each_test_fails_and_says_why(tmp_path: Path) -> None:
    marks = (
        '"PT-01", "ZZ-99"',
        '"PT-99"',
        "",
        "77",
        '["PT-01"]',
        '"PT-01", part=""',
        '"PT-01", only="x"',
        'part="all"',
        '"PT-01", part=None',
    )
    source = "".join(f"@pytest.mark.requirement({mark})\ndef test_{n}(): pass\n" for n, mark in enumerate(marks))

    run = run_pytest(tmp_path, f"import pytest\n{source}")

    assert f"{len(marks)} errors" in run.stdout
    assert "unknown requirement ZZ-99" in run.stdout
    assert "unknown requirement PT-99" in run.stdout
    assert run.stdout.count("test_it.py::test_") >= 5
    assert run.stdout.count("a requirement mark takes ids") >= 7


def test_given_marks_with_a_part_when_run_then_only_a_mark_without_one_proves_the_whole(tmp_path: Path) -> None:
    run_pytest(
        tmp_path,
        """
import pytest

@pytest.mark.requirement("PT-01", part="its name")
@pytest.mark.requirement("PT-02", "PT-03", part="by day")
def test_a(): pass

@pytest.mark.requirement("PT-02", "PT-04")
@pytest.mark.requirement("PT-01", part="its greeting")
def test_b(): pass

@pytest.mark.requirement("PT-04", part="by night")
def test_bad(): assert False
""",
        "-n",
        "2",
    )
    proofs = proofs_of(kept(tmp_path))
    data = as_data(read_documents(), proofs)
    tenancy = next(each for each in data["documents"] if each["document"] == "preview-and-tenancy.md")

    assert {id_: sorted(tests) for id_, tests in tenancy["proven"].items()} == {
        "PT-02": ["test_it.py::test_a", "test_it.py::test_b"]
    }
    assert tenancy["part"] == {
        "PT-01": {"test_it.py::test_a": "its name", "test_it.py::test_b": "its greeting"},
        "PT-03": {"test_it.py::test_a": "by day"},
    }
    assert tenancy["failing"] == {"PT-04": ["test_it.py::test_bad"]}
    assert not {"PT-01", "PT-02", "PT-03", "PT-04"} & {*tenancy["without"]}

    table = io.StringIO()
    show(Console(file=table, width=160), read_documents(), proofs)
    assert "1 of 86, 2 in part" in table.getvalue()
    assert "in part PT-01: its name; its greeting" in table.getvalue()
    assert "1 of 472 proven, 2 more in part" in table.getvalue()


def test_given_an_unknown_id_when_reported_then_it_is_listed_with_its_tests(tmp_path: Path) -> None:
    run_pytest(tmp_path, 'import pytest\n@pytest.mark.requirement("ZZ-99")\ndef test_it(): pass\n')
    documents, proofs = read_documents(), proofs_of(kept(tmp_path))

    assert unknown_ids(documents, proofs) == {"ZZ-99": ["test_it.py::test_it"]}
    assert as_data(documents, proofs)["unknown"] == {"ZZ-99": ["test_it.py::test_it"]}


def test_given_neighbours_in_a_document_when_listed_then_they_are_joined() -> None:
    order = [f"PT-{n:02}" for n in range(1, 10)]

    assert ranges(["PT-01", "PT-02", "PT-03", "PT-07", "PT-09"], order) == "PT-01…PT-03, PT-07, PT-09"
    assert ranges([], order) == ""


def test_given_the_report_when_asked_for_json_then_it_counts_every_requirement() -> None:
    proofs = proofs_of(
        {
            "t.py::a": {"outcome": "passed", "claims": [["PT-01", None]]},
            "t.py::b": {"outcome": "failed", "claims": [["PT-02", None]]},
        }
    )

    data = as_data(read_documents(), proofs)

    tenancy = next(each for each in data["documents"] if each["document"] == "preview-and-tenancy.md")

    assert tenancy["proven"] == {"PT-01": ["t.py::a"]}
    assert tenancy["failing"] == {"PT-02": ["t.py::b"]}
    assert len(tenancy["without"]) == 84


def test_given_the_reasons_then_each_requirement_is_claimed_whole_or_has_one() -> None:
    documents = read_documents()

    assert disagreements(documents, read_reasons(documents), claimed_whole()) == []


def test_given_reasons_that_disagree_with_the_claims_then_each_is_named_with_its_remedy(tmp_path: Path) -> None:
    texts, reasons, tests = tmp_path / "texts", tmp_path / "open.md", tmp_path / "tests"
    texts.mkdir()
    tests.mkdir()
    (texts / "a.md").write_text("".join(f"- **AA-0{n}** **must**: answer.\n" for n in range(1, 8)))
    (tests / "test_it.py").write_text(
        "import pytest\n"
        'OWN = pytest.mark.requirement("AA-03")\n'
        '@pytest.mark.requirement("AA-02", "AA-06")\n'
        '@pytest.mark.requirement("AA-04", part="by day")\n'
        "def test(): pass\n"
    )
    documents = read_documents(texts)
    assert claimed_whole(tests) == {"AA-02", "AA-03", "AA-06"}

    def found(*rows: str) -> list[str]:
        reasons.write_text("# Open\n\n| requirements | why |\n|---|---|\n" + "\n".join(rows))
        return disagreements(documents, read_reasons(documents, reasons), claimed_whole(tests))

    assert found("| AA-01, AA-04…AA-05, AA-07 | not built |") == []
    assert found("| AA-01…AA-05 | not built |", "| AA-04, AA-06 | by night |") == [
        "open.md:5: tests claim AA-02, AA-03 whole; its ids are now: AA-01, AA-04…AA-05",
        "open.md:6: tests claim AA-06 whole; its ids are now: AA-04",
        "open.md:6: line 5 gives a reason for AA-04 already",
        "AA-07 is claimed whole by no test, and open.md doesn't say why",
    ]
    for wrong in ("| AA-09 | why |", "| AA-05…AA-04 | why |", "| AA-01 AA-02 | why |", "| AA-01 | |"):
        with pytest.raises(ValueError, match=r"open\.md:5: "):
            found(wrong)


def test_given_a_reason_then_the_report_has_it_beside_what_is_open_or_proven_in_part() -> None:
    reasons = [Reason(1, ("PT-01", "PT-02", "PT-03"), "the [second] half isn't built")]
    proofs = proofs_of(
        {
            "t.py::a": {"outcome": "passed", "claims": [["PT-01", "by day"], ["PT-03", None]]},
            "t.py::b": {"outcome": "failed", "claims": [["PT-02", None]]},
        }
    )
    documents = read_documents()

    table = io.StringIO()
    show(Console(file=table, width=160), documents, proofs, reasons)
    data = as_data(documents, proofs, reasons)

    assert "in part PT-01: by day; open: the [second] half isn't built\n" in table.getvalue()
    assert "open PT-02: the [second] half isn't built\n" in table.getvalue()
    tenancy = next(each for each in data["documents"] if each["document"] == "preview-and-tenancy.md")
    assert tenancy["open"] == dict.fromkeys(("PT-01", "PT-02"), "the [second] half isn't built")
