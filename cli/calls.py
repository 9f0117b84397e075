"""`pickup calls`: lists recorded calls, and shows one."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from shared.errors import InputError

if TYPE_CHECKING:
    pass

app = typer.Typer(
    help="The calls so far, newest first; `pickup calls show ID` explains one. Example:  pickup calls --limit 5 --json"
)


@app.callback(invoke_without_command=True)
def calls(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 20,
    stage: Annotated[str, typer.Option(help="Whose: local, production or preview-<slug>.")] = "local",
    json: Annotated[bool, typer.Option("--json", help="As a JSON list, each call whole.")] = False,
) -> None:
    """List calls. Example:  pickup calls --limit 5 --json"""
    if context.invoked_subcommand:
        return
    records = asyncio.run(_recent(stage, limit, whole=json))
    if json:
        typer.echo(orjson.dumps([record.as_dict() for record in records], default=str, option=orjson.OPT_INDENT_2))
        return
    table = Table("call", "when (UTC)", "business", "caller", "disposition", "outcome", "cost", "", box=None)
    for record in records:
        table.add_row(
            record.call_id[:8],
            f"{record.ringing_at:%Y-%m-%d %H:%M:%S}",
            record.tenant_name or "—",
            record.caller or "—",
            record.disposition or "[yellow]open",
            record.outcome or "—",
            "unknown" if record.cost_usd is None else f"{record.cost_usd:.5f}",
            "synthetic" if record.synthetic else "",
        )
    Console().print(table if records else "No calls yet: try  pickup call")


@app.command()
def show(
    call_id: Annotated[str, typer.Argument(help="The call's id, or its first characters (6 at least).")],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show all that is recorded of one call. Example:  pickup calls show c4f2a91b03"""
    record = asyncio.run(_find(call_id))
    if record is None:
        raise InputError(f"no call {call_id!r}: `pickup calls` lists them")
    if json:
        typer.echo(orjson.dumps(record.as_dict(), default=str, option=orjson.OPT_INDENT_2))
        return
    from cli.story import retell

    retell(Console(), record)


@app.command("turned-away")
def turned_away(
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many.")] = 20,
    reader: Annotated[str | None, typer.Option(help="Your name: shows numbers in full, and is kept.")] = None,
    stage: Annotated[str, typer.Option(help="Whose: local, production or preview-<slug>.")] = "local",
    json: Annotated[bool, typer.Option("--json", help="As a JSON list.")] = False,
) -> None:
    """List the calls that were turned away, with the reason. Example:  pickup calls turned-away --reader ann"""
    found = asyncio.run(_turned_away(stage, limit, reader))
    if json:
        typer.echo(orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2))
        return
    table = Table("call", "when (UTC)", "reason", "number", "caller as it came", "as compared", box=None)
    for each in found:
        numbers = (each.caller_raw or "—", each.caller or "—") if reader else ("hidden", "hidden")
        table.add_row(each.call_id[:8], f"{each.at:%Y-%m-%d %H:%M:%S}", each.reason, each.did or "—", *numbers)
    Console().print(table if found else "No call was turned away.")


@app.command()
def figures(
    limit: Annotated[int, typer.Option(min=1, max=10000, help="Of how many calls, the newest.")] = 500,
    stage: Annotated[str, typer.Option(help="Whose: local, production or preview-<slug>.")] = "local",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Count calls: offered, answered, how fast, and by the reason of their decision. Exits with 1 where fewer than 95 %
    were answered. Example:  pickup calls figures --limit 500
    """
    from shared.domain.pickup_figures import pickup_figures

    found = pickup_figures(asyncio.run(_recent(stage, limit, whole=False)))
    times = {name: found.percentile(share) for name, share in (("p50", 0.5), ("p95", 0.95))}
    counts = {
        "offered": found.offered,
        "answered": found.answered,
        "share": found.share,
        "given_up": found.given_up,
        "answer_seconds": times,
        "reasons": dict(found.reasons),
    }
    if json:
        typer.echo(orjson.dumps(counts, option=orjson.OPT_INDENT_2))
    else:
        share = "—" if found.share is None else f"{found.share:.1%}"
        shown = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items() if seconds is not None)
        console = Console(highlight=False)
        console.print(f"{found.answered} of {found.offered} answered ({share}); to the answer {shown or '—'}")
        console.print(f"{found.given_up} given up by their callers within 2 s")
        for reason, count in found.reasons.items():
            console.print(f"{count:6} {reason}")
    if not found.enough:
        raise typer.Exit(1)


async def _turned_away(stage: str, limit: int, reader: str | None) -> Any:
    from local_deploy.local import local
    from local_deploy.stage import checked_stage

    checked_stage(stage)
    async with local(providers=False) as here:
        return await here.services.records.turned_away(stage, limit, reader)


async def _recent(stage: str, limit: int, *, whole: bool) -> Any:
    from local_deploy.local import local
    from local_deploy.stage import checked_stage

    checked_stage(stage)
    async with local(providers=False) as here:
        records = await here.services.records.recent(stage, limit)
        return [await here.services.records.find(record.call_id) for record in records] if whole else records


async def _find(call_id: str) -> Any:
    from local_deploy.local import local

    async with local(providers=False) as here:
        return await here.services.records.find(call_id)
