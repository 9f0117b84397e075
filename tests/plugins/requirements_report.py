"""Runs the tests that carry a requirement mark and lists, per document, what is proven. `make requirements` calls it.

    requirements_report.py [--last] [--json]
    requirements_report.py --reasons    holds open.md against the tests' marks, and runs nothing

Exit code: make's own where a test failed, 1 where a mark names an id that no document has, or open.md disagrees.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from open_requirements import Reason, claimed_whole, disagreements, read_reasons
from requirements import CACHE_KEY, Claimed, Document, Proofs, proofs_of, ranges, read_documents
from rich.console import Console
from rich.markup import escape
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".pytest_cache" / "v" / CACHE_KEY


def main() -> int:
    parser = argparse.ArgumentParser(description="Which numbered requirements are proven by a test that passes.")
    parser.add_argument("--last", action="store_true", help="say what the last run proved, and run nothing")
    parser.add_argument("--json", action="store_true", help="print JSON; the tests' own output goes to stderr")
    parser.add_argument("--reasons", action="store_true", help="hold open.md against the tests' marks, and run nothing")
    wanted = parser.parse_args()

    documents = read_documents()
    reasons = read_reasons(documents)
    wrong = disagreements(documents, reasons, claimed_whole())
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    if wanted.reasons:
        return 1 if wrong else 0

    code = 0 if wanted.last else _run(quiet=wanted.json)
    if not CACHE.exists():
        print("no run of the tests to report on; leave out --last", file=sys.stderr)
        return code or 1
    proofs = proofs_of(json.loads(CACHE.read_text()))
    unknown = unknown_ids(documents, proofs)
    if wanted.json:
        json.dump(as_data(documents, proofs, reasons), sys.stdout, indent=2)
        print()
    else:
        show(Console(), documents, proofs, reasons)
    return code or (1 if unknown or wrong else 0)


def _run(*, quiet: bool) -> int:
    """The tests that claim a requirement, in the Makefile's parts, all of them; the first code that isn't 0."""
    code = 0
    for target, marks in (("test", "requirement and not long"), ("test-long", "requirement and long")):
        made = subprocess.run(
            ["make", "--keep-going", target, f"ARGS=-m '{marks}'"], cwd=ROOT, stdout=sys.stderr if quiet else None
        ).returncode
        code = code or made
    return code


def unknown_ids(documents: Sequence[Document], proofs: Proofs) -> dict[str, list[str]]:
    """Ids that tests claim and no document has, each with those tests."""
    known = {id_ for document in documents for id_ in document.ids}
    tests = {**proofs.passed, **proofs.skipped, **proofs.failed}
    return {id_: _tests(claims) for id_, claims in sorted(tests.items()) if id_ not in known}


def as_data(documents: Sequence[Document], proofs: Proofs, reasons: Sequence[Reason] = ()) -> dict[str, Any]:
    """The report as JSON has it; `proven` maps an id to the tests that passed, `part` to what each of them proves,
    `open` to why it isn't proven whole."""
    why = {id_: reason.why for reason in reasons for id_ in reason.ids}
    return {
        "documents": [
            {
                "document": document.name,
                "total": len(document.ids),
                "proven": {id_: _tests(proofs.passed[id_]) for id_ in document.ids if proofs.proven(id_)},
                "part": {
                    id_: {claim.test: claim.part for claim in proofs.passed[id_]}
                    for id_ in document.ids
                    if proofs.proven_in_part(id_)
                },
                "failing": {id_: _tests(proofs.failed[id_]) for id_ in document.ids if proofs.failed.get(id_)},
                "skipped": [id_ for id_ in document.ids if _skipped(id_, proofs)],
                "without": [id_ for id_ in document.ids if _without(id_, proofs)],
                "open": {id_: why[id_] for id_ in document.ids if id_ in why and not proofs.proven(id_)},
            }
            for document in documents
        ],
        "unknown": unknown_ids(documents, proofs),
    }


def show(console: Console, documents: Sequence[Document], proofs: Proofs, reasons: Sequence[Reason] = ()) -> None:
    """Prints a table, a document a row, then of those that aren't proven whole which part is, and why not the rest."""
    table = Table(title="Requirements proven by a test that passes", title_justify="left", show_lines=True)
    styles = {"document": "bold", "proven": "green", "in part": "cyan", "skipped": "yellow", "without a test": "dim"}
    for name, style in styles.items():
        table.add_column(name, style=style)
    whole, part = 0, 0
    for document in documents:
        columns = [
            [id_ for id_ in document.ids if holds(id_)]
            for holds in (
                proofs.proven,
                proofs.proven_in_part,
                lambda id_: _skipped(id_, proofs),
                lambda id_: _without(id_, proofs),
            )
        ]
        counts = f"{len(columns[0])} of {len(document.ids)}, {len(columns[1])} in part"
        table.add_row(f"{document.name}\n{counts}", *(ranges(ids, document.ids) for ids in columns))
        whole, part = whole + len(columns[0]), part + len(columns[1])
    console.print(table)
    why = {id_: reason.why for reason in reasons for id_ in reason.ids}
    for id_ in (id_ for document in documents for id_ in document.ids if proofs.proven_in_part(id_)):
        # By test: tests run at once end in any order.
        parts = dict.fromkeys(claim.part for claim in sorted(proofs.passed[id_], key=lambda claim: claim.test))
        rest = f"; [yellow]open:[/] {escape(why[id_])}" if id_ in why else ""
        console.print(f"[cyan]in part[/] {id_}: {escape('; '.join(filter(None, parts)))}{rest}", highlight=False)
    for document in documents:
        for reason in reasons:
            if ids := [id_ for id_ in reason.ids if id_ in document.ids and not proofs.passed.get(id_)]:
                console.print(f"[yellow]open[/] {ranges(ids, document.ids)}: {escape(reason.why)}", highlight=False)
    total = sum(len(document.ids) for document in documents)
    console.print(f"{whole} of {total} proven, {part} more in part")
    for id_, claims in sorted(proofs.failed.items()):
        console.print(f"[red]failing[/] {id_}: {', '.join(_tests(claims))}", highlight=False)
    for id_, nodeids in unknown_ids(documents, proofs).items():
        console.print(f"[red]unknown[/] {id_}: {', '.join(nodeids)}", highlight=False)


def _tests(claims: Sequence[Claimed]) -> list[str]:
    return list(dict.fromkeys(claim.test for claim in claims))


def _skipped(id_: str, proofs: Proofs) -> bool:
    return bool(proofs.skipped.get(id_)) and not proofs.passed.get(id_) and not proofs.failed.get(id_)


def _without(id_: str, proofs: Proofs) -> bool:
    return not (proofs.passed.get(id_) or proofs.failed.get(id_) or proofs.skipped.get(id_))


if __name__ == "__main__":
    sys.exit(main())
