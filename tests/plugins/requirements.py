"""The numbered requirements of docs/requirements/, and which of them a run of the tests has proven.

A test claims a requirement by the mark `requirement("PT-05")`, which says that the tests with this mark prove it whole.
`requirement("PT-05", part="the greeting alone")` says which part of it the test proves; the rest has no test yet.

As a pytest plugin it refuses a `requirement` mark with an id that no document has, and keeps what the run proved in
pytest's cache, where `make requirements` reads it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs" / "requirements"
OPEN = DOCUMENTS / "open.md"
"""Why the rest isn't proven: see open_requirements.py."""
CACHE_KEY = "pickup/requirements"
PROPERTY = "requirement"

Kept = dict[str, Any]
"""What pytest's cache keeps of a test, by its node id: `outcome`, and as `claims` pairs of id and part."""

_DEFINITION = re.compile(r"^- (?:\*\*)?([A-Z]{2}-\d{2,3})\b", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """One text of requirements: its file name, its heading and the ids it defines, in their order."""

    name: str
    title: str
    ids: tuple[str, ...]


def read_documents(folder: Path = DOCUMENTS) -> list[Document]:
    """All documents of the folder. Raises ValueError for an id defined twice or a document without any."""
    documents: list[Document] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        if path.name == OPEN.name:
            continue
        text = path.read_text(encoding="utf-8")
        ids = tuple(_DEFINITION.findall(text))
        if not ids:
            raise ValueError(f"{path.name} defines no requirement (a line that begins with `- **XY-01**`)")
        for id_ in ids:
            if id_ in seen:
                raise ValueError(f"{id_} is defined in {seen[id_]} and again in {path.name}")
            seen[id_] = path.name
        documents.append(Document(path.name, text.partition("\n")[0].lstrip("# "), ids))
    return documents


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


@dataclass(frozen=True)
class Claim:
    """That a test proves the requirement, or a part of it in these words."""

    id: str
    part: str | None = None


@dataclass(frozen=True)
class Claimed:
    """A test that claimed a requirement, and which part of it; None: the whole."""

    test: str
    part: str | None = None


def _lists() -> "defaultdict[str, list[Claimed]]":
    return defaultdict(list)


@dataclass
class Proofs:
    """What one run of the tests says of each id: the tests that claimed it, by how they ended."""

    passed: dict[str, list[Claimed]] = field(default_factory=_lists)
    failed: dict[str, list[Claimed]] = field(default_factory=_lists)
    skipped: dict[str, list[Claimed]] = field(default_factory=_lists)

    def proven(self, id_: str) -> bool:
        """Whether a test that claims the whole passed, and none that claims it or a part of it failed."""
        return not self.failed.get(id_) and any(claim.part is None for claim in self.passed.get(id_, ()))

    def proven_in_part(self, id_: str) -> bool:
        """Whether a test passed, none failed, and all that passed claim a part only."""
        return not self.failed.get(id_) and bool(self.passed.get(id_)) and not self.proven(id_)


def claimed(item: pytest.Item) -> Iterator[Claim]:
    """What a test's marks claim, its class's and its module's among them. Raises ValueError for a malformed mark."""
    for mark in item.iter_markers(PROPERTY):
        part = mark.kwargs.get("part")
        texts = [*mark.args, *mark.kwargs.values()]
        if not mark.args or {*mark.kwargs} - {"part"} or not all(isinstance(text, str) and text for text in texts):
            raise ValueError(
                "a requirement mark takes ids, and the part of them that is proven if it isn't the whole: "
                '@pytest.mark.requirement("PT-05", "DU-10", part="…")'
            )
        for id_ in mark.args:
            yield Claim(id_, part)


class _Watch:
    """Follows the tests of one process, and where tests run in several, the one that gathers their reports."""

    def __init__(self) -> None:
        self.known = frozenset(id_ for document in read_documents() for id_ in document.ids)
        self.outcomes: dict[str, Kept] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        try:
            claims = list(dict.fromkeys(claimed(item)))
        except ValueError as error:
            pytest.fail(str(error), pytrace=False)
        item.user_properties[:] = [pair for pair in item.user_properties if pair[0] != PROPERTY]
        item.user_properties += [(PROPERTY, [claim.id, claim.part]) for claim in claims]
        if unknown := [claim.id for claim in claims if claim.id not in self.known]:
            pytest.fail(f"unknown requirement {', '.join(unknown)}: not in docs/requirements/", pytrace=False)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        claims: list[Any] = [value for name, value in report.user_properties if name == PROPERTY]
        if not claims:
            return
        outcome: str = report.outcome
        if outcome == "rerun":
            # the second try says what is proven
            self.outcomes.pop(report.nodeid, None)
            return
        if outcome == "passed" and hasattr(report, "wasxfail"):
            outcome = "skipped"
        so_far = self.outcomes.get(report.nodeid, {"outcome": "passed"})["outcome"]
        worst = max(so_far, outcome, key=("passed", "skipped", "failed").index)
        self.outcomes[report.nodeid] = {"outcome": worst, "claims": claims}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        config = session.config
        if hasattr(config, "workerinput") or getattr(config, "cache", None) is None or config.option.collectonly:
            return
        kept = config.cache.get(CACHE_KEY, {}) if config.option.requirements_add else {}
        config.cache.set(CACHE_KEY, kept | self.outcomes)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.outcomes:
            return
        proofs = proofs_of(self.outcomes)
        whole, part = (sum(map(each, self.known)) for each in (proofs.proven, proofs.proven_in_part))
        terminalreporter.write_line(
            f"{whole} of {len(self.known)} requirements proven, {part} more in part (make requirements)"
        )


def proofs_of(kept: Mapping[str, Kept]) -> Proofs:
    """Turns what the cache keeps into proofs by id."""
    proofs = Proofs()
    for nodeid, test in kept.items():
        for id_, part in test["claims"]:
            getattr(proofs, test["outcome"])[id_].append(Claimed(nodeid, part))
    return proofs


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--requirements-add", action="store_true", help="keep what the run before proved: this run is its second part"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Watch(), "requirements-watch")
