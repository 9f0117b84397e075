"""`pickup status`: how a stage is, in one table and one line."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.stage import Deployed, stage_services

if TYPE_CHECKING:
    from shared.calls.stage_status import StageStatus, WorkerRow

_STATES = {"ready": "green", "starting": "yellow", "draining": "yellow", "stale": "bold red", "deaf": "bold red"}
_VERDICTS = {"healthy": "bold green", "unhealthy": "bold red", "unreachable": "bold red"}
_EXITS = {"healthy": 0, "unhealthy": 1, "unreachable": 3}
_SHOWN_ALERTS = 8


def status(
    stage: Annotated[
        list[str] | None, typer.Option(help="local, production or preview-<slug>; may be repeated. Without it: local.")
    ] = None,
    deployed: Deployed = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the workers of a stage with the age of their heartbeats, its stores, last heal, alerts, and one verdict.

    Exit 0: healthy. 1: unhealthy. 3: a store can't be reached.

    Example:  pickup status   |   pickup status --stage production --deployed --json
    """
    found = asyncio.run(_read(stage or ["local"], deployed))
    if json:
        typer.echo(orjson.dumps({"stages": [asdict(each) for each in found]}, option=orjson.OPT_INDENT_2))
    else:
        console = Console(highlight=False)
        for each in found:
            _print(console, each)
    raise typer.Exit(max(_EXITS[each.verdict] for each in found))


async def _read(stages: Sequence[str], deployed: bool) -> "list[StageStatus]":
    found: list[StageStatus] = []
    for stage in stages:
        async with stage_services(stage, deployed) as services:
            found.append(await services.status_reader.read())
    return found


def _print(console: Console, status: "StageStatus") -> None:
    if status.workers:
        console.print(_workers(status.workers))
    else:
        console.print("no workers")
    facts = Table.grid(padding=(0, 2))
    stores = Text("   ").join(
        Text(name).append(" ").append("ok" if says == "ok" else f"down: {says}", "green" if says == "ok" else "red")
        for name, says in status.stores.items()
    )
    facts.add_row("stores", stores)
    facts.add_row("calls now", "unknown" if status.running_calls is None else str(status.running_calls))
    facts.add_row("last heal", _heal(status))
    facts.add_row("last synthetic call", _synthetic(status))
    facts.add_row("open alerts", _alerts(status))
    console.print(facts)
    verdict = Text(f"{status.stage}: ").append(status.verdict, _VERDICTS[status.verdict])
    console.print(verdict.append(f": {'; '.join(status.reasons)}"))


def _workers(rows: "Sequence[WorkerRow]") -> Table:
    table = Table("worker", "state", "heartbeat", "lease", "release", "gen", "calls", "last job", "MiB", box=None)
    for row in rows:
        table.add_row(
            row.worker_id,
            Text(row.state, _STATES.get(row.state, "dim")),
            _age(row.heartbeat_age_seconds),
            _age(row.lease_age_seconds),
            row.release[:7],
            str(row.generation or "—"),
            str(row.calls) if row.capacity is None else f"{row.calls} of {row.capacity}",
            "—" if row.last_job_at is None else f"{_since(row.last_job_at)} ago",
            "—" if row.memory_mb is None else f"{row.memory_mb:.0f}",
        )
    return table


def _age(seconds: float | None) -> str:
    return "—" if seconds is None else _length(seconds)


def _since(at: datetime) -> str:
    return _length(max(0.0, (datetime.now(UTC) - at).total_seconds()))


def _length(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _heal(status: "StageStatus") -> Text:
    heal = status.last_heal
    if heal is None:
        return Text("none within a day", "dim")
    style = {"success": "green", "failed": "red"}.get(heal.outcome, "yellow")
    took = "" if heal.seconds is None else f" in {heal.seconds:g} s"
    words = f", {_since(heal.at)} ago: rung {heal.rung} of {heal.worker_id} ({heal.reason})"
    return Text(f"{heal.outcome}{took}", style).append(words, "default")


def _synthetic(status: "StageStatus") -> Text:
    call = status.last_synthetic_call
    if call is None:
        return Text("none", "dim")
    outcome = Text("answered", "green") if call.answered else Text(call.disposition or "open", "red")
    return outcome.append(f", {_since(call.at)} ago ({call.call_id[:8]})", "default")


def _alerts(status: "StageStatus") -> Text:
    if not status.alerts:
        return Text("none", "green")
    lines: list[Text] = []
    for alert in status.alerts[:_SHOWN_ALERTS]:
        silent = alert.silenced_until
        quiet = f", silent until {silent:%H:%M} UTC" if silent is not None and silent > datetime.now(UTC) else ""
        style = "red" if alert.severity == "page" else "yellow"
        lines.append(Text(f"{alert.severity} {alert.key}", style).append(quiet, "default"))
    if (more := len(status.alerts) - _SHOWN_ALERTS) > 0:
        lines.append(Text(f"and {more} more: pickup alerts list", "dim"))
    return Text("\n").join(lines)
