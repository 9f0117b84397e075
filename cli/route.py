"""`pickup route`: who would answer, without a call."""

import asyncio
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table


def route(
    number: Annotated[str, typer.Argument(help="The number dialled, in any usual writing.")],
    from_: Annotated[str | None, typer.Option("--from", help="The caller's number; none: anonymous.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the routing decision for a number: rule, reason, tenant, template, stage. Nothing is called or stored.

    Example:  pickup route "(206) 555-0100" --from +12065550142
    """
    decided = asyncio.run(_decide(number, from_))
    if json:
        typer.echo(orjson.dumps(decided, default=str, option=orjson.OPT_INDENT_2))
        return
    table = Table.grid(padding=(0, 2))
    for key, value in decided.items():
        table.add_row(f"[dim]{key}", str(value) if value is not None else "—")
    Console().print(table)


async def _decide(number: str, caller: str | None) -> dict[str, Any]:
    from cli.local import local
    from shared.calls.route import route_number

    async with local(providers=False) as here:
        return await route_number(number, caller, stage=here.settings.stage, directory=here.services.directory)
