"""`pickup route`: shows how a call to a number would be routed."""

import asyncio
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table


def route(
    number: Annotated[str, typer.Argument(help="The number dialled, in any usual writing.")],
    from_: Annotated[str | None, typer.Option("--from", help="The caller's number; none: anonymous.")] = None,
    stage: Annotated[str, typer.Option(help="The stage that takes the call.")] = "local",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the routing decision for a number: rule, reason, tenant, template, stage. Nothing is called or stored.

    Example:  pickup route "(206) 555-0100" --from +12065550142   |   pickup route +12265550123 --stage preview-demo
    """
    decided = asyncio.run(_decide(number, from_, stage))
    if json:
        typer.echo(orjson.dumps(decided, default=str, option=orjson.OPT_INDENT_2))
        return
    table = Table.grid(padding=(0, 2))
    for key, value in decided.items():
        table.add_row(f"[dim]{key}", str(value) if value is not None else "—")
    Console().print(table)


async def _decide(number: str, caller: str | None, stage: str) -> dict[str, Any]:
    from local_deploy.local import local
    from local_deploy.stage import checked_stage
    from shared.calls.route import route_number

    checked_stage(stage)
    async with local(providers=False) as here:
        return await route_number(number, caller, stage=stage, directory=here.services.directory)
