"""The import rules of the architecture, each a row of RULES, held against every source file."""

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from structure import OURS, ROOT, Import, imports_of, measured, sources, within


@dataclass(frozen=True)
class Only:
    """`what` is imported only in the modules and packages of `where`."""

    what: tuple[str, ...]
    where: tuple[str, ...]
    deferred_in: tuple[str, ...] = ()
    """Those of `where` that may import it inside functions, or for the type checker, only."""

    def allows(self, found: Import) -> bool:
        if not within(found.name, self.what):
            return True
        return within(found.importer, self.where) and (found.deferred or not within(found.importer, self.deferred_in))


@dataclass(frozen=True)
class Closed:
    """`package` imports of our own code only `ours`, and of other people's only `theirs` (None: anything)."""

    package: str
    ours: tuple[str, ...]
    theirs: tuple[str, ...] | None = None

    def allows(self, found: Import) -> bool:
        if not within(found.importer, (self.package,)):
            return True
        if within(found.name, OURS):
            return within(found.name, (self.package, *self.ours))
        return self.theirs is None or within(found.name, (*sys.stdlib_module_names, *self.theirs))


@dataclass(frozen=True)
class Never:
    """`package` doesn't import `what`."""

    package: str
    what: tuple[str, ...]

    def allows(self, found: Import) -> bool:
        return not (within(found.importer, (self.package,)) and within(found.name, self.what))


DOING = ("asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3",
         "subprocess", "tempfile", "threading", "time", "urllib.request")  # fmt: skip
"""Parts of the standard library that do input and output, or bring in time and chance."""

RULES: tuple[tuple[str, Only | Closed | Never], ...] = (
    (
        "the domain imports the standard library, pydantic and phonenumbers",
        Closed("shared.domain", ours=(), theirs=("pydantic", "phonenumbers")),
    ),
    ("the domain does no I/O; time and chance come in as arguments", Never("shared.domain", DOING)),
    (
        "use-cases import domain, ports, tokens, errors and observe",
        Closed(
            "shared.calls",
            ours=("shared.domain", "shared.ports", "shared.tokens", "shared.errors", "shared.observe"),
        ),
    ),
    (
        "shared/ stands on nothing but itself",
        Never("shared", tuple(top for top in OURS if top != "shared")),
    ),
    ("agent, webhooks and background never import each other", Never("agent", ("webhooks", "background"))),
    ("agent, webhooks and background never import each other", Never("webhooks", ("agent", "background"))),
    ("agent, webhooks and background never import each other", Never("background", ("agent", "webhooks"))),
    (
        "adapters are imported by wiring alone, inside its factories (the stack applies the migrations)",
        Only(
            ("shared.adapters",),
            where=("shared.adapters", "shared.wiring", "lab.stack.stack", "lab.stack.supervisor"),
            deferred_in=("shared.wiring", "lab"),
        ),
    ),
    (
        "of ours the lab knows the migrations, the agent's line, the domain, errors, processes and tasks",
        Closed(
            "lab",
            ours=(
                "agent.lines.line",
                "shared.domain",
                "shared.errors",
                "shared.process",
                "shared.tasks",
                "shared.adapters.sql.migrations",
            ),
        ),
    ),
    (
        "only entry points import wiring; everything else is handed its services or ports",
        Only(
            ("shared.wiring",),
            where=(
                "agent.worker",
                "webhooks.__main__",
                "background.watchdog",
                "modal_deploy",
                "local_deploy",
                "cli",
                "bench",
            ),
        ),
    ),
    (
        "livekit.agents stays in agent/ and lab/ (and what is measured against it)",
        Only(("livekit.agents",), ("agent", "lab", "bench")),
    ),
    (
        "livekit.api stays in its adapter and the webhooks' signatures",
        Only(("livekit.api",), ("shared.adapters", "webhooks.signatures")),
    ),
    ("fastapi stays in webhooks/ and lab/", Only(("fastapi",), ("webhooks", "lab"))),
    ("modal stays in modal_deploy/", Only(("modal",), ("modal_deploy",))),
    (
        "vendors of stores are known to adapters and the lab",
        Only(("asyncpg", "postgrest", "redis", "supabase", "upstash_redis"), ("shared.adapters", "lab", "bench")),
    ),
    (
        "the lab is imported by cli/, local_deploy/, bench/ and tests",
        Only(("lab",), ("lab", "cli", "local_deploy", "bench")),
    ),
    (
        "environment variables are read in config",
        Only(("os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv"), ("shared.config",)),
    ),
)


def broken(found: Sequence[Import]) -> list[str]:
    """What breaks a rule, one line each."""
    return [
        f"{each.importer}:{each.line} imports {each.name}: {says}"
        for each in found
        for says, rule in RULES
        if not rule.allows(each)
    ]


def test_given_all_sources_when_checked_then_no_import_rule_is_broken() -> None:
    found = [
        each
        for path, module in sources()
        for each in imports_of(path.read_text(encoding="utf-8"), module, is_package=path.stem == "__init__")
    ]

    assert len(found) > 200, "the sources weren't found"
    assert broken(found) == []


def test_given_all_sources_when_measured_then_nothing_imports_in_a_circle_or_upward() -> None:
    assert measured().broken == []


def test_given_the_domain_when_checked_then_it_opens_no_file_and_asks_no_clock() -> None:
    asked = [
        f"{path.relative_to(ROOT)}:{node.lineno} calls {ast.unparse(node.func)}"
        for path, module in sources()
        if within(module, ("shared.domain",))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("now", "utcnow", "today", "open", "input", "print", "uuid4")
    ]

    assert asked == []


BREACHES = [
    ("shared.domain.call", "import httpx", "standard library, pydantic"),
    ("shared.domain.call", "import time", "no I/O"),
    ("shared.domain.call", "from os import path", "no I/O"),
    ("shared.domain.call", "from shared import ports", "standard library, pydantic"),
    ("shared.domain.call", "from ..ports import Calls", "standard library, pydantic"),
    ("shared.calls.admit", "from shared.config import Settings", "use-cases import"),
    ("shared.calls.admit", "from shared.adapters.sql.postgres import PostgresCalls", "wiring alone"),
    ("shared.observe", "from agent import call", "nothing but itself"),
    ("agent.call", "from webhooks.app import app", "never import each other"),
    ("webhooks.leads", "import agent.call", "never import each other"),
    ("shared.wiring", "from shared.adapters.kv.redis import RedisSessions", "wiring alone"),
    ("shared.wiring", "import importlib\nimportlib.import_module('shared.adapters.kv.redis')", "wiring alone"),
    ("agent.call", "def f():\n    from shared.adapters import redis", "wiring alone"),
    ("lab.stack.stack", "from shared.adapters.sql.migrations import migrate", "wiring alone"),
    ("lab.stack.stack", "def f():\n    from shared.adapters.kv.redis import RedisSessions", "of ours the lab knows"),
    ("lab.person.line", "from agent.call import take_call", "of ours the lab knows"),
    ("agent.call", "from shared.wiring import open_services", "only entry points"),
    ("webhooks.livekit", "def f():\n    from shared import wiring", "only entry points"),
    ("background.rounds", "import shared.wiring", "only entry points"),
    ("shared.services", "from shared.wiring import open_services", "only entry points"),
    ("cli.call", "from livekit.agents import AgentSession", "livekit.agents stays"),
    ("cli.call", "from livekit import agents", "livekit.agents stays"),
    ("agent.call", "from livekit import api", "livekit.api stays"),
    ("cli.up", "import fastapi", "fastapi stays"),
    ("app", "import modal", "modal stays"),
    ("cli.deploy", "import modal.runner", "modal stays"),
    ("agent.call", "import asyncpg", "vendors of stores"),
    ("agent.call", "def f():\n    import lab.stack.stack", "the lab is imported by"),
    ("agent.call", "import os\nos.environ['HOME']", "environment variables"),
    ("lab.stack.stack", "import os\nos.getenv('HOME')", "environment variables"),
    ("cli.call", "from os import environ", "environment variables"),
]


@pytest.mark.parametrize(("importer", "source", "says"), BREACHES)
def test_given_a_breach_when_checked_then_the_rule_is_named(importer: str, source: str, says: str) -> None:
    assert any(says in line for line in broken(imports_of(source, importer)))


@pytest.mark.parametrize(
    ("importer", "source"),
    [
        ("shared.domain.call", "from datetime import datetime\nfrom pydantic import BaseModel\nimport phonenumbers"),
        ("shared.domain.call", "from .routing import Admit"),
        (
            "shared.calls.admit",
            "from shared.ports import Calls\nfrom shared.domain.call import CallEnd\nimport asyncio",
        ),
        ("shared.wiring", "def f():\n    from shared.adapters.kv.redis import RedisSessions"),
        ("shared.wiring", "if TYPE_CHECKING:\n    from shared.adapters.sql.database import Database"),
        ("shared.adapters.sql.postgres", "import asyncpg\nfrom shared.adapters.sql.database import Database"),
        ("lab.stack.stack", "def f():\n    from shared.adapters.sql.migrations import migrate"),
        ("lab.person.line", "from agent.lines.line import Line\nfrom livekit.agents import AgentSession"),
        ("app", "from modal_deploy.functions import app"),
        ("webhooks.__main__", "from shared.wiring import open_services"),
        ("agent.worker.attend", "from shared.wiring import open_services"),
        ("shared.config", "import os\nos.environ['HOME']"),
        ("lab.stack.processes", "import os\nos.getuid()"),
    ],
)
def test_given_what_the_rules_allow_when_checked_then_nothing_is_said(importer: str, source: str) -> None:
    assert broken(imports_of(source, importer)) == []


def test_given_a_package_when_it_imports_a_neighbour_then_the_name_is_in_full() -> None:
    names = [
        each.name
        for each in imports_of("from .church import TOOLS\nfrom . import common", "agent.tools", is_package=True)
    ]

    assert names == ["agent.tools.church.TOOLS", "agent.tools.common"]


@pytest.mark.requirement("OT-44")
def test_a_conversation_uses_no_private_part_of_the_framework() -> None:
    """What begins with an underscore is used by its own object alone."""
    found = [
        f"{module}:{node.lineno}: {ast.unparse(node)}"
        for path, module in sources()
        if within(module, ("agent.conversation", "agent.tools", "agent.businesses", "agent.speech"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__")
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    ]
    assert found == []
