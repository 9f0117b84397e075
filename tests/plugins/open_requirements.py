"""Why a requirement isn't proven yet: the tables of docs/requirements/open.md, held against what the tests claim.

A row names ids, neighbours joined (`OT-55…OT-64, OT-71`), and the reason that they share.
"""

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from requirements import OPEN, PROPERTY, Document, ranges

TESTS = Path(__file__).resolve().parents[1]
_ROW = re.compile(r"^\| *([A-Z]{2}-\d[^|]*?) *\| *(.*?) *\|$")


@dataclass(frozen=True)
class Reason:
    """One row: why none of these is proven whole."""

    line: int
    ids: tuple[str, ...]
    why: str


def read_reasons(documents: Sequence[Document], path: Path = OPEN) -> list[Reason]:
    """The rows in their order. Raises ValueError for a row without a reason, and for ids that no document has."""
    order = {id_: document.ids for document in documents for id_ in document.ids}
    reasons: list[Reason] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if row := _ROW.match(line):
            try:
                ids = tuple(chain.from_iterable(_expanded(each.strip(), order) for each in row[1].split(",")))
            except (KeyError, ValueError):
                raise ValueError(f"{path.name}:{number}: {row[1]} aren't ids of one document in its order") from None
            if not row[2]:
                raise ValueError(f"{path.name}:{number}: {row[1]} has no reason")
            reasons.append(Reason(number, ids, row[2]))
    return reasons


def _expanded(written: str, order: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    first, _, last = written.partition("…")
    ids = order[first]
    between = ids[ids.index(first) : ids.index(last or first) + 1]
    if not between:
        raise ValueError(written)
    return between


def claimed_whole(folder: Path = TESTS) -> frozenset[str]:
    """The ids that a mark in the tests' sources claims without a part."""
    return frozenset(chain.from_iterable(_whole_claims(path) for path in sorted(folder.rglob("*.py"))))


def _whole_claims(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    if f"mark.{PROPERTY}" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{PROPERTY}" and not node.keywords:
            yield from (id_.value for id_ in node.args if isinstance(id_, ast.Constant) and isinstance(id_.value, str))


def disagreements(documents: Sequence[Document], reasons: Sequence[Reason], whole: Collection[str]) -> list[str]:
    """A sentence for each requirement that has neither a claim nor a reason, a reason too many, or two of them."""
    rows: dict[str, Reason] = {}
    found: list[str] = []
    for reason in reasons:
        if proven := [id_ for id_ in reason.ids if id_ in whole]:
            order = next(document.ids for document in documents if reason.ids[0] in document.ids)
            left = ranges([id_ for id_ in reason.ids if id_ not in whole], order)
            remedy = f"its ids are now: {left}" if left else "delete the row"
            found.append(f"{OPEN.name}:{reason.line}: tests claim {', '.join(proven)} whole; {remedy}")
        for id_ in reason.ids:
            if id_ in rows:
                found.append(f"{OPEN.name}:{reason.line}: line {rows[id_].line} gives a reason for {id_} already")
            rows[id_] = reason
    lacking = [id_ for document in documents for id_ in document.ids if id_ not in whole and id_ not in rows]
    return found + [f"{id_} is claimed whole by no test, and {OPEN.name} doesn't say why" for id_ in lacking]
