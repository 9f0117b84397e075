"""The numbered requirements of docs/requirements/, and which of them a run of the tests has proven.

As a pytest plugin it refuses a `requirement` mark with an id that no document has, and keeps what the run proved in
pytest's cache, where `make requirements` reads it.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs" / "requirements"
CACHE_KEY = "pickup/requirements"
PROPERTY = "requirement"

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


@dataclass
class Proofs:
    """What one run of the tests says of each id: the tests that claimed it, by how they ended."""

    passed: dict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))
    failed: dict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))
    skipped: dict[str, list[str]] = field(default_factory=lambda: defaultdict[str, list[str]](list))

    def proven(self, id_: str) -> bool:
        """Whether a test that claims it passed and none failed."""
        return bool(self.passed.get(id_)) and not self.failed.get(id_)


def claimed(item: pytest.Item) -> Iterator[str]:
    """The ids of a test's marks, its class's and its module's among them. Raises ValueError for a mark without one."""
    for mark in item.iter_markers(PROPERTY):
        if not mark.args or mark.kwargs or not all(isinstance(id_, str) for id_ in mark.args):
            raise ValueError('a requirement mark takes ids, nothing else: @pytest.mark.requirement("PT-05", "DU-10")')
        yield from mark.args


class _Watch:
    """Follows the tests of one process, and where tests run in several, the one that gathers their reports."""

    def __init__(self) -> None:
        self.known = frozenset(id_ for document in read_documents() for id_ in document.ids)
        self.outcomes: dict[str, list[str]] = {}
        """Node id → how the test ended, then the ids it claims: what JSON can keep."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        try:
            ids = list(dict.fromkeys(claimed(item)))
        except ValueError as error:
            pytest.fail(str(error), pytrace=False)
        item.user_properties += [(PROPERTY, id_) for id_ in ids]
        if unknown := [id_ for id_ in ids if id_ not in self.known]:
            pytest.fail(f"unknown requirement {', '.join(unknown)}: not in docs/requirements/", pytrace=False)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        ids = [str(value) for name, value in report.user_properties if name == PROPERTY]
        if not ids:
            return
        outcome = report.outcome
        if outcome == "passed" and hasattr(report, "wasxfail"):
            outcome = "skipped"
        so_far = self.outcomes.get(report.nodeid, ["passed"])[0]
        self.outcomes[report.nodeid] = [max(so_far, outcome, key=("passed", "skipped", "failed").index), *ids]

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        config = session.config
        if hasattr(config, "workerinput") or getattr(config, "cache", None) is None or config.option.collectonly:
            return
        kept = config.cache.get(CACHE_KEY, {}) if config.option.requirements_add else {}
        config.cache.set(CACHE_KEY, kept | self.outcomes)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.outcomes:
            return
        proven = sum(map(proofs_of(self.outcomes).proven, self.known))
        terminalreporter.write_line(f"{proven} of {len(self.known)} requirements proven (make requirements)")


def proofs_of(kept: dict[str, list[str]]) -> Proofs:
    """Turns what the cache keeps, node id → [outcome, id, …], into proofs by id."""
    proofs = Proofs()
    for nodeid, (outcome, *ids) in kept.items():
        for id_ in ids:
            getattr(proofs, outcome)[id_].append(nodeid)
    return proofs


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--requirements-add", action="store_true", help="keep what the run before proved: this run is its second part"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Watch(), "requirements-watch")
