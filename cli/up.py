"""`pickup up`: the whole phone system in one terminal."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from shared.errors import InputError, PickupError

REFRESH_SECONDS = 0.5
LOOPBACK = "127.0.0.1"
RECENT_CALLS = 5


def up(
    workers: Annotated[int, typer.Option(min=0, max=16, help="Worker processes; with 0 nobody answers.")] = 1,
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

    Needs `make phone-rig` once.  Examples:  pickup up   |   pickup up --workers 2 --port 5060   |   pickup up --json
    """
    from cli.fleet import Plan

    if sip and port:
        raise InputError("--port is our gateway's: leave it out with --sip")
    plan = Plan(listen=listen, sip_port=port, gateway=sip is None, workers=workers, drain_seconds=drain)
    asyncio.run(_up(plan, calls, sip, live, json))


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


async def _up(plan: Any, calls: int, sip: str | None, live: bool, json: bool) -> None:
    from cli.fleet import Fleet
    from cli.local import ground, opened
    from shared.config import EVERYTHING, load_settings

    console = Console(stderr=True)
    if plan.listen != LOOPBACK:
        console.print(f"[bold yellow]SIP is open to all who reach {plan.listen}: anybody there can call.")
    async with contextlib.AsyncExitStack() as entered:
        asked = await entered.enter_async_context(_stops())
        status = entered.enter_context(console.status("starting the embedded stack …"))
        here = await entered.enter_async_context(ground(live=live, progress=status.update))
        fleet = Fleet(plan, here.stack, here.overrides | {"worker_calls": calls})
        told = here.stack.folder / "up.json"
        entered.callback(told.unlink, missing_ok=True)
        try:
            status.update("starting the LiveKit server …")
            await fleet.start_livekit()
            settings = load_settings((*EVERYTHING, "livekit"), **fleet.settings)
            services = await entered.enter_async_context(opened(here.stack, settings))
            await fleet.start(services, status.update)
            ready = _ready(fleet, sip)
            _tell(told, ready)
            if sip:
                ready["config"] = str(fleet.write_sip_config())
            status.stop()
            dids = await services.directory.dids(services.settings.stage)
            if json:
                typer.echo(orjson.dumps({"ready": ready}).decode())
            else:
                console.print(_invitation(ready, dids))
            await _watch(console, fleet, services, json, asked)
        finally:
            if not json:
                console.print("ending: running calls may finish (Ctrl-C again ends them)")
            await _end(fleet, asked)


def _ready(fleet: Any, sip: str | None) -> dict[str, Any]:
    return {
        "sip": sip or fleet.sip,
        "livekit": fleet.livekit.url,
        "webhooks": f"http://{LOOPBACK}:{fleet.webhooks_port}",
        "pid": os.getpid(),
    }


def _tell(path: Path, ready: dict[str, Any]) -> None:
    """For `pickup test-call`, which dials what runs here."""
    part = path.with_suffix(".part")
    part.write_bytes(orjson.dumps(ready))
    part.replace(path)


def _invitation(ready: dict[str, Any], dids: Any) -> Text:
    lines = [Text("ready", "bold green"), Text(f"dial with any softphone:  sip:{dids[0]}@{ready['sip']}")]
    lines += [Text(f"                          sip:{did}@{ready['sip']}", "dim") for did in dids[1:4]]
    lines.append(Text("or let the lab's caller dial:  pickup test-call", "dim"))
    if config := ready.get("config"):
        lines.append(Text(f"your LiveKit SIP service joins with:  livekit-sip --config {config}", "bold"))
    return Text("\n").join(lines)


async def _watch(console: Console, fleet: Any, services: Any, json: bool, asked: Callable[[], int]) -> None:
    """Shows what is true now, twice a second, until the user asks to end it."""
    shown: dict[str, Any] = {}
    with contextlib.ExitStack() as entered:
        live = None
        if console.is_terminal and not json:
            live = entered.enter_context(Live(console=console, auto_refresh=False, transient=True))
        while not asked():
            now = await _state(fleet, services)
            if live:
                live.update(_table(now), refresh=True)
            elif now != shown and json:
                typer.echo(orjson.dumps({"state": now}, default=str).decode())
            elif _changes(now) != _changes(shown):
                console.print(_table(now))
            shown = now
            await asyncio.sleep(REFRESH_SECONDS)


def _changes(state: dict[str, Any]) -> Any:
    return [(row["name"], row["state"], row["restarts"]) for row in state.get("processes", [])]


async def _state(fleet: Any, services: Any) -> dict[str, Any]:
    rows = [{"name": "livekit", "state": "ready" if fleet.livekit.running else "down", "pid": fleet.livekit.pid,
             "restarts": 0}]  # fmt: skip
    rows += [
        {"name": child.name, "state": child.state, "pid": child.pid, "restarts": child.restarts}
        for child in fleet.children
    ]
    state: dict[str, Any] = {"processes": rows, "calls": None, "capacity": None, "recent": []}
    with contextlib.suppress(PickupError, TimeoutError):
        async with asyncio.timeout(2):
            beats = await services.workers.alive()
            state["calls"] = sum(beat.calls for beat in beats)
            state["capacity"] = sum(beat.capacity for beat in beats)
            recent = await services.calls.recent(services.settings.stage, RECENT_CALLS)
            state["recent"] = [
                {
                    "call": record.call_id[:8],
                    "caller": record.caller,
                    "business": record.tenant_name,
                    "disposition": record.disposition,
                    "outcome": record.outcome,
                }
                for record in recent
            ]
    return state


_STYLES = {"ready": "green", "starting": "yellow", "down": "red", "ended": "dim"}


def _table(state: dict[str, Any]) -> Group:
    processes = Table("process", "state", "pid", "restarts", box=None)
    for row in state["processes"]:
        style = _STYLES[row["state"]]
        processes.add_row(row["name"], Text(row["state"], style), str(row["pid"] or "—"), str(row["restarts"]))
    busy = "calls: unknown, Redis doesn't answer"
    if state["calls"] is not None:
        busy = f"calls now: {state['calls']} of {state['capacity']}"
    calls = Table("call", "caller", "business", "disposition", "outcome", box=None)
    for row in state["recent"]:
        calls.add_row(row["call"], row["caller"] or "—", row["business"] or "—", row["disposition"] or "[yellow]open",
                      row["outcome"] or "—")  # fmt: skip
    return Group(processes, Text(busy, "bold"), calls)


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
