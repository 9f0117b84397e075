"""`pickup up`: the whole phone system in one terminal."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from shared.errors import InputError
from shared.files import write_whole

if TYPE_CHECKING:
    from shared.services import Services

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
    plan = Plan(listen=listen, sip_port=port, sip_service=sip or "", workers=workers, drain_seconds=drain)
    asyncio.run(_up(plan, stages, calls, sip, live, json))


def _checked(stages: list[str]) -> list[str]:
    """Raises InputError for what is no stage, and for one that is named twice."""
    from local_deploy.stage import checked_stage

    for name in stages:
        checked_stage(name)
    if len(set(stages)) < len(stages):
        raise InputError(f"--stage {', '.join(stages)}: name each stage once")
    return stages


@contextlib.asynccontextmanager
async def _stops() -> AsyncIterator[Callable[[], int]]:
    """How often the user asked to end it: Ctrl-C or SIGTERM."""
    loop, asked = asyncio.get_running_loop(), 0

    def ask() -> None:
        nonlocal asked
        asked += 1

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ask)
    try:
        yield lambda: asked
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


async def _up(plan: Any, names: list[str], calls: int, sip: str | None, live: bool, json: bool) -> None:
    from local_deploy.fleet import Fleet
    from local_deploy.local import ground, opened
    from local_deploy.stage import Stage, own_settings
    from shared.config import EVERYTHING, load_settings

    console = Console(stderr=True)
    if plan.listen != LOOPBACK:
        console.print(f"[bold yellow]SIP is open to all who reach {plan.listen}: anybody there can call.")
    async with contextlib.AsyncExitStack() as entered:
        asked = await entered.enter_async_context(_stops())
        status = entered.enter_context(console.status("starting the embedded stack …"))
        here = await entered.enter_async_context(ground(live=live, progress=status.update))
        stages = [
            Stage(await own_settings(here, name) | {"worker_calls": calls}, here.stack.folder / "logs", len(names) > 1)
            for name in names
        ]
        fleet = Fleet(plan, here.stack, stages)
        told = here.stack.folder / "up.json"
        entered.callback(told.unlink, missing_ok=True)
        try:
            status.update("starting the LiveKit server …")
            await fleet.start_livekit()
            services: list[Services] = []
            for stage in stages:
                settings = load_settings((*EVERYTHING, "livekit"), **fleet.settings_of(stage))
                services.append(await entered.enter_async_context(opened(here.stack, settings)))
            await fleet.start(services, status.update)
            ready = _ready(fleet)
            write_whole(told, orjson.dumps(ready))
            if sip:
                ready["config"] = str(fleet.write_sip_config())
            status.stop()
            if json:
                typer.echo(orjson.dumps({"ready": ready}).decode())
            else:
                console.print(_invitation(ready))
            await _watch(console, fleet, services, json, asked)
        finally:
            if not json:
                console.print("ending: running calls may finish (Ctrl-C again ends them)")
            await _end(fleet, asked)


def _ready(fleet: Any) -> dict[str, Any]:
    return {
        "sip": fleet.sip,
        "carrier": fleet.carrier.sip,
        "carrier_desk": fleet.carrier.url,
        "livekit": fleet.livekit.url,
        "webhooks": fleet.stages[0].webhooks_url,
        "pid": os.getpid(),
        "stages": {stage.name: {"webhooks": stage.webhooks_url, "dids": stage.dids} for stage in fleet.stages},
    }


def _invitation(ready: dict[str, Any]) -> Text:
    lines = [Text("ready", "bold green"), Text("dial with any softphone:")]
    for name, stage in ready["stages"].items():
        told = f"   {name}" if len(ready["stages"]) > 1 else ""
        lines += [Text(f"  sip:{did}@{ready['carrier']}{told}") for did in stage["dids"][:4]]
    lines.append(Text("or let the lab's caller dial:  pickup test-call", "dim"))
    if config := ready.get("config"):
        lines.append(Text(f"your LiveKit SIP service joins with:  livekit-sip --config {config}", "bold"))
    return Text("\n").join(lines)


async def _watch(
    console: Console, fleet: Any, services: "list[Services]", json: bool, asked: Callable[[], int]
) -> None:
    """Shows what is true now, twice a second, until the user asks to end it."""
    from cli.board import changes, state_of, table_of

    shown: dict[str, Any] = {}
    with contextlib.ExitStack() as entered:
        live = None
        if console.is_terminal and not json:
            live = entered.enter_context(Live(console=console, auto_refresh=False, transient=True))
        while not asked():
            now = await state_of(fleet, services)
            if live:
                live.update(table_of(now), refresh=True)
            elif now != shown and json:
                typer.echo(orjson.dumps({"state": now}, default=str).decode())
            elif changes(now) != changes(shown):
                console.print(table_of(now))
            shown = now
            await asyncio.sleep(REFRESH_SECONDS)


async def _end(fleet: Any, asked: Callable[[], int]) -> None:
    """Politely, once; asked again, at once."""
    already = asked()
    ending = asyncio.create_task(fleet.stop(), name="ending politely")
    try:
        while not ending.done():
            if asked() > max(already, 1):
                ending.cancel()
                break
            await asyncio.wait({ending}, timeout=0.1)
    finally:
        await asyncio.gather(ending, return_exceptions=True)
        if ending.cancelled():
            await fleet.stop(at_once=True)
        elif error := ending.exception():
            raise error
