"""`pickup alerts`: shows the open alerts of a stage, takes them on, closes them."""

import asyncio
import getpass
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cli.stage import Deployed, Stage, database_settings
from shared.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from shared.ports import Alerts, OpenAlert

app = typer.Typer(help="Look after alerts. Example:  pickup alerts list --stage production", no_args_is_help=True)

_Key = Annotated[str, typer.Argument(help="The alert's key, as `pickup alerts list` shows it.")]


@app.command("list")
def list_(
    stage: Stage = "local",
    deployed: Deployed = False,
    json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False,
) -> None:
    """List the open alerts of a stage, oldest first.

    Example:  pickup alerts list --stage production --deployed   |   pickup alerts list --json
    """
    found = asyncio.run(_open_alerts(stage, deployed))
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in found], option=orjson.OPT_INDENT_2))
        return
    _print(found, stage)


@app.command()
def ack(
    key: _Key,
    stage: Stage = "local",
    by: Annotated[str | None, typer.Option(help="Who takes it on; without it, you.")] = None,
    silence: Annotated[int | None, typer.Option(min=1, help="Send nothing about it for so many minutes.")] = None,
    deployed: Deployed = False,
) -> None:
    """Take an alert on: it isn't repeated any more.

    Example:  pickup alerts ack redis_lost --stage production --by ann --silence 60
    """
    until = None if silence is None else datetime.now(UTC) + timedelta(minutes=silence)
    who = by or getpass.getuser()

    async def take_on() -> bool:
        async with _alerts(stage, deployed) as alerts:
            return await alerts.ack(key, who, until)

    if not asyncio.run(take_on()):
        raise _missing(key, stage)
    Console().print(f"{key} is taken on by {who}", highlight=False)


@app.command()
def close(key: _Key, stage: Stage = "local", deployed: Deployed = False) -> None:
    """Close an alert; it opens again where its cause goes on.

    Example:  pickup alerts close redis_lost --stage production
    """

    async def end() -> bool:
        async with _alerts(stage, deployed) as alerts:
            there = any(alert.key == key for alert in await alerts.open_alerts())
            await alerts.close(key)
            return there

    if not asyncio.run(end()):
        raise _missing(key, stage)
    Console().print(f"{key} is closed", highlight=False)


def _missing(key: str, stage: str) -> InputError:
    return InputError(f"no open alert {key} in {stage}: `pickup alerts list --stage {stage}` shows those there are")


async def _open_alerts(stage: str, deployed: bool) -> "Sequence[OpenAlert]":
    async with _alerts(stage, deployed) as alerts:
        return await alerts.open_alerts()


@asynccontextmanager
async def _alerts(stage: str, deployed: bool) -> "AsyncGenerator[Alerts]":
    from shared.wiring import open_alerts

    async with database_settings(stage, deployed) as settings, open_alerts(settings) as alerts:
        yield alerts


def _print(found: "Sequence[OpenAlert]", stage: str) -> None:
    console = Console()
    if not found:
        console.print(f"no open alert in {stage}", style="green", highlight=False)
        return
    table = Table("severity", "key", box=None)
    table.add_column("what", overflow="fold")
    for column in ("raised", "last", "call", "taken on by"):
        table.add_column(column)
    for each in found:
        silent = each.silenced_until is not None and each.silenced_until > datetime.now(UTC)
        taken = each.acked_by or "—"
        table.add_row(
            f"[{'red' if each.severity == 'page' else 'yellow'}]{each.severity}",
            each.key,
            each.title,
            str(each.raised),
            f"{each.last_at:%m-%d %H:%M}",
            each.call_id[:8] if each.call_id else "—",
            f"{taken}, silent until {each.silenced_until:%H:%M}" if silent else taken,
        )
    console.print(table)
