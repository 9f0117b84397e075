"""`pickup deliveries`: what tenants' webhooks were sent, what waits, and what is tried again."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cli.stage import Deployed, Stage, database_settings
from shared.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from shared.ports import DeliveryEntry
    from shared.services import Outbox

app = typer.Typer(
    help="What tenants' webhooks are sent. Example:  pickup deliveries --state dead   |   pickup deliveries show ID"
)

_EventId = Annotated[str, typer.Argument(help="The event's id, as `pickup deliveries` shows it.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_STYLES = {"delivered": "green", "waiting": "yellow", "dead": "red"}


@app.callback(invoke_without_command=True)
def deliveries(
    context: typer.Context,
    stage: Stage = "local",
    state: Annotated[
        Literal["waiting", "delivered", "dead"] | None, typer.Option(help="Only those; dead: given up after a day.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 20,
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """List deliveries, newest first. Example:  pickup deliveries --state dead --stage production --deployed"""
    if context.invoked_subcommand:
        return

    async def recent() -> "Sequence[DeliveryEntry]":
        async with outbox(stage, deployed) as box:
            return await box.deliveries.recent(limit, state)

    found = asyncio.run(recent())
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in found], option=orjson.OPT_INDENT_2))
        return
    _print(found, stage)


@app.command()
def show(event_id: _EventId, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """Show a delivery with its body and each try. Example:  pickup deliveries show call_completed_c4f2a91b03"""

    async def find() -> "DeliveryEntry | None":
        async with outbox(stage, deployed) as box:
            return await box.deliveries.find(event_id)

    found = asyncio.run(find())
    if found is None:
        raise InputError(f"no delivery {event_id!r} in {stage}: `pickup deliveries` lists them")
    if json:
        typer.echo(orjson.dumps(asdict(found), option=orjson.OPT_INDENT_2))
        return
    console = Console()
    _print([found], stage)
    table = Table("try", "when (UTC)", "status", "seconds", box=None)
    table.add_column("what came", overflow="fold")
    for each in found.log:
        status = "—" if each.status is None else str(each.status)
        table.add_row(str(each.attempt), f"{each.at:%m-%d %H:%M:%S}", status, f"{each.seconds:.2f}", each.error or "")
    console.print(table)
    console.print_json(orjson.dumps(found.body).decode())


@app.command()
def retry(event_id: _EventId, stage: Stage = "local", deployed: Deployed = False) -> None:
    """Try a delivery again at once, and for another day. Example:  pickup deliveries retry call_completed_c4f2a91b03"""

    async def again() -> bool:
        async with outbox(stage, deployed) as box:
            return await box.deliveries.retry(event_id, datetime.now(UTC))

    if not asyncio.run(again()):
        raise InputError(f"no delivery {event_id!r} of {stage} that wasn't taken: `pickup deliveries` lists them")
    Console().print(f"{event_id} is tried again now", highlight=False)


@asynccontextmanager
async def outbox(stage: str, deployed: bool) -> "AsyncGenerator[Outbox]":
    """Of a stage on this machine's stack, or on the database that the environment names."""
    from shared.wiring import open_outbox

    async with database_settings(stage, deployed) as settings, open_outbox(settings) as box:
        yield box


def _print(found: "Sequence[DeliveryEntry]", stage: str) -> None:
    console = Console()
    if not found:
        console.print(f"no delivery in {stage}: `pickup tenant webhook set` says where a tenant's calls are told")
        return
    table = Table("event", "tenant", "state", "tries", "since (UTC)", "next or end", box=None)
    table.add_column("last", overflow="fold")
    for each in found:
        state = "held: its webhook is disabled" if each.state == "waiting" and each.disabled_at else each.state
        when = each.ended_at or each.next_at
        last = " ".join(str(part) for part in (each.last_status, each.last_error) if part)
        table.add_row(
            each.event_id,
            each.tenant_name,
            f"[{_STYLES[each.state]}]{state}",
            str(each.attempts),
            f"{each.created_at:%m-%d %H:%M:%S}",
            f"{when:%m-%d %H:%M:%S}",
            last or "—",
        )
    console.print(table)
