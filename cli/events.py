"""`pickup events`: the durable events of workers and of their heals."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.stage import Deployed, Stage, database_settings

if TYPE_CHECKING:
    from shared.domain.worker_events import WorkerEvent

_LEFT_OUT = ("ordered", "retires_at")
_STYLES = {"error": "red", "failed": "red", "started": "green", "success": "green", "attempt": "yellow"}


def events(
    name: Annotated[str, typer.Argument(help="An event's name, or its beginning: voice.worker.heal.")] = "voice.",
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 400, help="Of the last hours.")] = 1.0,
    worker: Annotated[str | None, typer.Option(help="Of this worker alone.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10000, help="The newest so many.")] = 200,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False,
) -> None:
    """Show what workers reported and how they were healed, oldest first. Exit 1 where there is nothing.

    Example:  pickup events voice.worker.heartbeat --hours 1   |   pickup events voice.worker.heal --hours 24 --json
    """
    found = asyncio.run(_find(stage, deployed, name, hours * 3600, worker, limit))
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in found], option=orjson.OPT_INDENT_2))
    elif found:
        Console().print(_table(found))
    else:
        Console().print(f"no event {name} in the last {hours:g} h", highlight=False)
    if not found:
        raise typer.Exit(1)


async def _find(
    stage: str, deployed: bool, name: str, seconds: float, worker: str | None, limit: int
) -> "Sequence[WorkerEvent]":
    from shared.wiring import open_worker_events

    async with database_settings(stage, deployed) as settings, open_worker_events(settings) as stored:
        return await stored.find(name, seconds, worker, limit)


def _table(found: "Sequence[WorkerEvent]") -> Table:
    table = Table("when (UTC)", "worker", "event", "call", box=None)
    table.add_column("fields", overflow="fold")
    for each in found:
        kind = each.name.rpartition(".")[2]
        table.add_row(
            f"{each.at:%m-%d %H:%M:%S}",
            each.worker_id,
            Text(each.name, _STYLES.get(kind, "")),
            each.call_id[:8] if each.call_id else "—",
            Text(fields_of(each.fields), "dim"),
        )
    return table


def fields_of(fields: Mapping[str, Any]) -> str:
    """An event's fields on one line, without those that say nothing."""
    kept = {name: value for name, value in fields.items() if value is not None and name not in _LEFT_OUT}
    return "  ".join(f"{name}={value}" for name, value in kept.items())
