"""`pickup rental`: an equipment rental's stock: import the tenant's list, see it, take an item back."""

import asyncio
import csv
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from cli.stage import Deployed, Stage, database_settings
from cli.webhook import tenant_id_of
from shared.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from shared.services import Services

app = typer.Typer(
    help="An equipment rental's stock. Example:  pickup rental import equipment.csv --tenant TENANT",
    no_args_is_help=True,
)
_Tenant = Annotated[str, typer.Option(help="The tenant's id.")]
_Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file whose first row names the columns.")],
    tenant: _Tenant,
    stage: Stage = "local",
    deployed: Deployed = False,
    json: _Json = False,
) -> None:
    """Merge a list into the stock: all of it, or nothing where any row is wrong. Items that it lacks stay.

    Columns: reference, name, category, daily_rate; description, lowest_rate and status, if you like.

    Example:  pickup rental import equipment.csv --tenant 00000000-0000-4000-b000-000000000011
    """
    from shared.domain.equipment_list import equipment_list

    tenant_id, found = tenant_id_of(tenant), equipment_list(_rows(file))
    if found.faults or not found.items:
        wrong = [f"{file.name}:{each.row}: {each.what}" for each in found.faults] or [f"{file.name}: no items in it"]
        raise InputError("nothing was imported:\n" + "\n".join(wrong))

    async def merge() -> Any:
        async with _services(stage, deployed) as services:
            return await services.equipment_stock.merge(tenant_id, found.items, file.name)

    merged = asyncio.run(merge())
    if json:
        typer.echo(orjson.dumps(merged))
    else:
        Console().print(
            f"{merged.added} added, {merged.changed} changed, {merged.unchanged} as they were", style="bold green"
        )


@app.command("list")
def list_(tenant: _Tenant, stage: Stage = "local", deployed: Deployed = False, json: _Json = False) -> None:
    """The stock, as callers hear it. Example:  pickup rental list --tenant 00000000-0000-4000-b000-000000000011"""
    tenant_id = tenant_id_of(tenant)

    async def read() -> Any:
        async with _services(stage, deployed) as services:
            return await services.business_rows.read("list_equipment_v1", {"tenant_id": tenant_id})

    items = asyncio.run(read())["items"]
    if json:
        typer.echo(orjson.dumps(items, option=orjson.OPT_INDENT_2))
        return
    table = Table("item", "category", "a day", "status", box=None)
    for each in items:
        style = "green" if each["status"] == "AVAILABLE" else "yellow"
        table.add_row(each["name"], each["category"], each["daily_rate"], each["status"], style=style)
    Console().print(table)


@app.command("return")
def return_(
    reference: Annotated[str, typer.Argument(help="The item's reference, as the list has it.")],
    tenant: _Tenant,
    stage: Stage = "local",
    deployed: Deployed = False,
) -> None:
    """An item came back: the next caller hears it as available.

    Example:  pickup rental return PW-1 --tenant 00000000-0000-4000-b000-000000000011
    """
    tenant_id = tenant_id_of(tenant)

    async def give_back() -> str | None:
        async with _services(stage, deployed) as services:
            return await services.equipment_stock.give_back(tenant_id, reference)

    if why := asyncio.run(give_back()):
        raise InputError(f"{reference} isn't rented: {why}")
    Console().print(f"{reference} is available again", style="bold green", highlight=False)


@asynccontextmanager
async def _services(stage: str, deployed: bool) -> "AsyncGenerator[Services]":
    from shared.wiring import open_services

    async with (
        database_settings(stage, deployed, ("database", "redis")) as settings,
        open_services(settings) as services,
    ):
        yield services


def _rows(file: Path) -> list[list[str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return list(csv.reader(opened, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file.name} can't be read as CSV in UTF-8: {error}") from error
