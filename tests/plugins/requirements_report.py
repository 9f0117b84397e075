"""Runs the tests that carry a requirement mark and lists, per document, what is proven. `make requirements` calls it.

    requirements_report.py [--last] [--json] [-- PYTEST ARGUMENTS]

Exit code: pytest's own where a test failed, 1 where a mark names an id that no document has.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from requirements import CACHE_KEY, Document, Proofs, proofs_of, read_documents
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".pytest_cache" / "v" / CACHE_KEY


def main() -> int:
    parser = argparse.ArgumentParser(description="Which numbered requirements are proven by a test that passes.")
    parser.add_argument("--last", action="store_true", help="say what the last run proved, and run nothing")
    parser.add_argument("--json", action="store_true", help="print JSON; the tests' own output goes to stderr")
    parser.add_argument("pytest", nargs="*", help="passed on to pytest, after --")
    wanted = parser.parse_args()

    code = 0 if wanted.last else _run(wanted.pytest, quiet=wanted.json)
    if not CACHE.exists():
        print("no run of the tests to report on; leave out --last", file=sys.stderr)
        return code or 1
    documents = read_documents()
    proofs = proofs_of(json.loads(CACHE.read_text()))
    unknown = unknown_ids(documents, proofs)
    if wanted.json:
        json.dump(as_data(documents, proofs), sys.stdout, indent=2)
        print()
    else:
        show(Console(), documents, proofs)
    return code or (1 if unknown else 0)


def _run(arguments: Sequence[str], *, quiet: bool) -> int:
    """The tests that claim a requirement, whole calls at speed, as `make test` does; the first code that isn't 0."""
    code = 0
    for part in (
        ["tests", "--ignore", "tests/calls", "-m", "requirement"],
        ["tests/calls", "-m", "requirement", "--speed", "3", "--requirements-add"],
    ):
        marked = [sys.executable, "-m", "pytest", *part, *arguments]
        code = code or subprocess.run(marked, cwd=ROOT, stdout=sys.stderr if quiet else None).returncode
    return code


def unknown_ids(documents: Sequence[Document], proofs: Proofs) -> dict[str, list[str]]:
    """Ids that tests claim and no document has, each with those tests."""
    known = {id_ for document in documents for id_ in document.ids}
    tests = {**proofs.passed, **proofs.skipped, **proofs.failed}
    return {id_: nodeids for id_, nodeids in sorted(tests.items()) if id_ not in known}


def as_data(documents: Sequence[Document], proofs: Proofs) -> dict[str, Any]:
    """The report as JSON has it; `proven` maps an id to the tests that passed."""
    return {
        "documents": [
            {
                "document": document.name,
                "total": len(document.ids),
                "proven": {id_: proofs.passed[id_] for id_ in document.ids if proofs.proven(id_)},
                "failing": {id_: proofs.failed[id_] for id_ in document.ids if proofs.failed.get(id_)},
                "skipped": [id_ for id_ in document.ids if _skipped(id_, proofs)],
                "without": [id_ for id_ in document.ids if _without(id_, proofs)],
            }
            for document in documents
        ],
        "unknown": unknown_ids(documents, proofs),
    }


def show(console: Console, documents: Sequence[Document], proofs: Proofs) -> None:
    """Prints a table, a document a row."""
    table = Table(title="Requirements proven by a test that passes", title_justify="left", show_lines=True)
    for name, style in (("document", "bold"), ("proven", "green"), ("skipped", "yellow"), ("without a test", "dim")):
        table.add_column(name, style=style)
    for document in documents:
        proven = [id_ for id_ in document.ids if proofs.proven(id_)]
        table.add_row(
            f"{document.name}\n{len(proven)} of {len(document.ids)}",
            ranges(proven, document.ids),
            ranges([id_ for id_ in document.ids if _skipped(id_, proofs)], document.ids),
            ranges([id_ for id_ in document.ids if _without(id_, proofs)], document.ids),
        )
    console.print(table)
    total = sum(len(document.ids) for document in documents)
    console.print(f"{sum(proofs.proven(id_) for document in documents for id_ in document.ids)} of {total} proven")
    for id_, nodeids in sorted(proofs.failed.items()):
        console.print(f"[red]failing[/] {id_}: {', '.join(nodeids)}", highlight=False)
    for id_, nodeids in unknown_ids(documents, proofs).items():
        console.print(f"[red]unknown[/] {id_}: {', '.join(nodeids)}", highlight=False)


def ranges(some: Sequence[str], order: Sequence[str]) -> str:
    """Ids in the document's order, neighbours joined: `PT-01…PT-03, PT-07`."""
    runs: list[list[str]] = []
    for place, id_ in enumerate(order):
        if id_ not in some:
            continue
        if runs and place and runs[-1][-1] == order[place - 1]:
            runs[-1].append(id_)
        else:
            runs.append([id_])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}…{run[-1]}" for run in runs)


def _skipped(id_: str, proofs: Proofs) -> bool:
    return bool(proofs.skipped.get(id_)) and not proofs.passed.get(id_) and not proofs.failed.get(id_)


def _without(id_: str, proofs: Proofs) -> bool:
    return not (proofs.passed.get(id_) or proofs.failed.get(id_) or proofs.skipped.get(id_))


if __name__ == "__main__":
    sys.exit(main())
