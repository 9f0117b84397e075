"""`pickup orders`: imports a shop's orders from a CSV file, and shows what their customers decided."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cli.stage import Deployed, Stage, database_settings
from cli.webhook import tenant_id_of
from shared.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.businesses.orders.rules import Status
    from agent.businesses.orders.store import ListedOrder, OrderStore, Put

app = typer.Typer(
    help="A shop's orders. Example:  pickup orders import orders.csv --tenant TENANT",
    no_args_is_help=True,
)

_Tenant = Annotated[str, typer.Option(help="The shop's tenant id.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
_STATES = ("pending", "confirmed", "rescheduled", "cancelled", "shipped", "delivered")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV in UTF-8, its columns named in the first line.")],
    tenant: _Tenant,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Import orders. Columns: order_number, customer_phone, items, amount, address; and, if you like, customer_name,
    currency, postcode, delivery_time, status. Orders that are there already are brought up to date; what customers
    decided stays. Where a row is bad nothing is imported, and each bad row is named.

    Example:  pickup orders import orders.csv --tenant 00000000-0000-4000-b000-000000000014
    """
    from agent.businesses.orders.sheet import read_sheet

    tenant_id = tenant_id_of(tenant)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} can't be read: {error}") from error
    rows, bad = read_sheet(text)
    if bad:
        faults = (f"{file.name}:{each.line}: {each.column}: {each.what}".replace(": :", ":") for each in bad)
        raise InputError("\n".join(("nothing was imported", *faults)))

    async def put() -> "Put":
        async with _orders(stage, deployed) as orders:
            return await orders.put(tenant_id, rows, datetime.now(UTC))

    done = asyncio.run(put())
    if json:
        typer.echo(orjson.dumps(asdict(done)))
        return
    same = len(rows) - done.added - done.changed
    Console().print(f"{done.added} added, {done.changed} changed, {same} as they were", highlight=False)


@app.command("list")
def list_(
    tenant: _Tenant,
    status: Annotated[str | None, typer.Option(help=f"Only those: {', '.join(_STATES)}.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 50,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """List orders, newest first. Example:  pickup orders list --tenant 00000000-0000-4000-b000-000000000014"""
    tenant_id = tenant_id_of(tenant)
    if status is not None and status not in _STATES:
        raise InputError(f"no order is {status!r}: give one of {', '.join(_STATES)}")
    wanted: Status | None = status  # type: ignore[assignment]

    async def recent() -> "list[ListedOrder]":
        async with _orders(stage, deployed) as orders:
            return await orders.recent(tenant_id, wanted, limit)

    found = asyncio.run(recent())
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in found], default=str, option=orjson.OPT_INDENT_2))
        return
    table = Table("order", "customer", "amount", "status", "decided (UTC)", box=None)
    for column in ("delivery", "items"):
        table.add_column(column, overflow="fold")
    for each in found:
        delivery = ", ".join(filter(None, (each.delivery_time, each.address)))
        decided = f"{each.decided_at:%m-%d %H:%M}" if each.decided_at else "—"
        amount = f"{each.amount:.2f} {each.currency}"
        table.add_row(each.order_number, each.customer_phone, amount, each.status, decided, delivery, each.items)
    Console().print(table if found else f"no such order of {tenant_id} in {stage}")


@asynccontextmanager
async def _orders(stage: str, deployed: bool) -> "AsyncGenerator[OrderStore]":
    from agent.businesses.orders.store import OrderStore
    from shared.wiring import open_business_rows

    async with database_settings(stage, deployed) as settings, open_business_rows(settings) as rows:
        yield OrderStore(rows)
