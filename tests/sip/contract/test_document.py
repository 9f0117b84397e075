"""docs/sip-contract.md lists the cases that there are."""

import ast
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "sip-contract.md"


def cases() -> set[str]:
    """The first line that each test of the contract says of itself."""
    return {
        (ast.get_docstring(node) or node.name).splitlines()[0]
        for path in HERE.glob("test_*.py")
        if path != Path(__file__)
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def listed() -> set[str]:
    text = PAGE.read_text(encoding="utf-8").partition("## Cases")[2].partition("## How")[0]
    rows = [line.strip("| ") for line in text.splitlines() if line.startswith("|") and not line.startswith("|--")]
    titles = {
        "before the call is answered",
        "what the room is told",
        "during the call, and its end",
        "calls that the API asks for",
    }
    return set(rows) - titles


def test_given_the_contract_s_tests_when_the_page_is_read_then_it_lists_just_these() -> None:
    assert listed() == cases()


def test_given_the_scenarios_when_the_tests_are_read_then_each_is_used() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))

    assert {path.stem for path in (HERE / "sipp").glob("*.xml") if f'"{path.stem}"' not in text} == set()
