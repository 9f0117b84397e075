"""`pickup up`: runs the whole phone system in one terminal, and shows its state."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from shared.errors import InputError
from shared.process import on_signal

if TYPE_CHECKING:
    from local_deploy.fleet import Plan
    from local_deploy.system import System

REFRESH_SECONDS = 0.5
LOOPBACK = "127.0.0.1"


def up(
    stage: Annotated[
        list[str] | None, typer.Option(help="A stage to run: local, production or preview-<slug>. May be repeated.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, max=16, help="Worker processes of a stage; with 0 nobody answers.")
    ] = 1,
    calls: Annotated[int, typer.Option(min=1, max=64, help="Calls that a worker takes at once.")] = 4,
    listen: Annotated[
        str, typer.Option(help="The address to take SIP calls on; other than loopback: others reach it.")
    ] = LOOPBACK,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The SIP port; 0 takes a free one.")] = 0,
    sip: Annotated[
        str | None, typer.Option(help="HOST:PORT of a LiveKit SIP service of your own, instead of our gateway.")
    ] = None,
    direct: Annotated[
        bool,
        typer.Option("--direct/--no-direct", help="Whether phones may dial LiveKit's SIP side past the carrier."),
    ] = True,
    live: Annotated[
        bool, typer.Option("--live", help="Use the real Deepgram and OpenAI (DEEPGRAM_API_KEY, OPENAI_API_KEY).")
    ] = False,
    drain: Annotated[float, typer.Option(min=0, help="Seconds that running calls may go on after Ctrl-C.")] = 30.0,
    json: Annotated[bool, typer.Option("--json", help="A line of JSON when ready, and at each change.")] = False,
) -> None:
    """Run LiveKit server, SIP gateway, webhooks and workers, until Ctrl-C; dial the address that it prints.

    Several stages share the servers and nothing else: each has its numbers, its processes and its rows.

    Needs `make phone-rig` once.  Examples:  pickup up   |   pickup up --workers 2 --port 5060   |   pickup up --json
    |   pickup up --stage production --stage preview-demo
    """
    from local_deploy.fleet import Plan

    if sip and port:
        raise InputError("--port is our gateway's: leave it out with --sip")
    stages = _checked(stage or ["local"])
    plan = Plan(listen, port, sip or "", direct=direct, workers=workers, drain_seconds=drain)
    asyncio.run(_up(plan, stages, calls, sip, live, json))


def _checked(stages: list[str]) -> list[str]:
    """The stages. Raises InputError for an invalid name, and for a stage that is named twice."""
    from local_deploy.stage import checked_stage

    for name in stages:
        checked_stage(name)
    if len(set(stages)) < len(stages):
        raise InputError(f"--stage {', '.join(stages)}: name each stage once")
    return stages


async def _up(plan: "Plan", names: list[str], calls: int, sip: str | None, live: bool, json: bool) -> None:
    from local_deploy.system import running_system

    console, stops = Console(stderr=True), list[Any]()
    if plan.listen != LOOPBACK and plan.direct:
        console.print(f"[bold yellow]SIP is open to all who reach {plan.listen}: anybody there can call.")

    def ending() -> None:
        if not json:
            console.print("ending: running calls may finish (Ctrl-C again ends them)")

    with on_signal(stops.append), console.status("starting the embedded stack …") as status:
        async with running_system(
            plan, names, calls=calls, live=live, progress=status.update, stops=lambda: len(stops), ending=ending
        ) as system:
            ready = system.addresses
            if sip:
                ready["config"] = str(system.fleet.write_sip_config())
            status.stop()
            if json:
                typer.echo(orjson.dumps({"ready": ready}).decode())
            else:
                console.print(_invitation(ready))
            await _show(console, system, json, stops)


def _invitation(ready: dict[str, Any]) -> Text:
    lines = [Text("ready", "bold green"), Text("dial with any softphone:")]
    for name, stage in ready["stages"].items():
        label = f"   {name}" if len(ready["stages"]) > 1 else ""
        lines += [Text(f"  sip:{did}@{ready['carrier']}{label}") for did in stage["dids"][:4]]
    lines.append(Text("or let the lab's caller dial:  pickup test-call", "dim"))
    if config := ready.get("config"):
        lines.append(Text(f"your LiveKit SIP service joins with:  livekit-sip --config {config}", "bold"))
    return Text("\n").join(lines)


async def _show(console: Console, system: "System", json: bool, stops: list[Any]) -> None:
    """Shows the state, twice a second, until the user asks for the end."""
    from cli.board import changes, table_of

    shown: dict[str, Any] = {}
    with contextlib.ExitStack() as entered:
        live = None
        if console.is_terminal and not json:
            live = entered.enter_context(Live(console=console, auto_refresh=False, transient=True))
        while not stops:
            now = await system.state()
            if live:
                live.update(table_of(now), refresh=True)
            elif now != shown and json:
                typer.echo(orjson.dumps({"state": now}, default=str).decode())
            elif changes(now) != changes(shown):
                console.print(table_of(now))
            shown = now
            await asyncio.sleep(REFRESH_SECONDS)
