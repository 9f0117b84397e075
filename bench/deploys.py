"""`python -m bench.deploys`: deploys one after the other while telephones call, and what the callers met."""

import asyncio
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bench.chaos.rig import Rig, raised
from lab.base import sound
from lab.sip.stack import Leg
from lab.stack.stack import folders
from shared.config import data_dir, generation
from shared.domain.generations import Generation
from shared.errors import StackError
from shared.tasks import Tasks, first

DID = "+12065550100"
PATIENCE_SECONDS = 20.0
"""A caller lets it ring so long."""
TALK_SECONDS = (6.0, 9.0, 14.0)
"""From the answer to the hang-up, one after the other: some last over a change of generations."""
PAUSE_SECONDS = 0.5
DEPLOY_SECONDS = 120.0
BASELINE_SECONDS = 30.0
"""Calls without a deploy, first."""


@dataclass(frozen=True)
class PlacedCall:
    """Times in seconds since the run began."""

    dialled: float
    answered: float | None = None
    sounded: float | None = None
    """When sound was first heard."""
    ended: float | None = None
    dropped: bool = False
    """Whether it ended before its caller hung up."""

    @property
    def ring(self) -> float | None:
        return None if self.answered is None else self.answered - self.dialled


def deploys(
    deploys: Annotated[int, typer.Option(min=0, max=100)] = 20,
    calls_at_once: Annotated[int, typer.Option(min=1, max=8)] = 3,
    seconds: Annotated[float, typer.Option(min=0, help="No deploy begins later than this.")] = 3600.0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; progress goes to stderr.")] = False,
) -> None:
    """Bring one generation of workers after the other into service under load.

    Each caller is silent, listens, and hangs up. Exit code 1 where a call wasn't answered, stayed without a sound, or
    was dropped, or a generation didn't take over. Needs `make phone-rig`.

    Examples:  python -m bench.deploys   |   python -m bench.deploys --deploys 5 --calls-at-once 2
    """
    console = Console(stderr=json)
    folder = data_dir() / "deploys"
    try:
        calls, taken = asyncio.run(_run(console, deploys, calls_at_once, seconds))
    except StackError as error:
        raise SystemExit(f"no run: {error}") from error
    finally:
        for left in folders(folder):
            shutil.rmtree(left, ignore_errors=True)
    found = summary(calls, taken)
    if json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))
    table = Table(title=f"{len(taken)} deploys", title_justify="left", box=box.SIMPLE, show_header=False)
    for name, value in found.items():
        table.add_row(name, f"{value:.2f}" if isinstance(value, float) else str(value))
    console.print(table)
    if len(taken) < deploys or found["not answered"] or found["without a sound"] or found["dropped"]:
        raise typer.Exit(1)


def summary(calls: Sequence[PlacedCall], taken: Sequence[tuple[float, float]]) -> dict[str, float | int | None]:
    """`taken`: of each deploy when it began and when its generation took over. Rings are in seconds; None: no call."""
    during = [call for call in calls if any(began <= call.dialled <= over + 10.0 for began, over in taken)]
    rings = [call.ring for call in during if call.ring is not None]
    still = [call.ring for call in calls if call not in during and call.ring is not None]
    lasting = [
        call
        for call in calls
        if call.answered is not None
        and call.ended is not None
        and any(call.answered < over < call.ended for _, over in taken)
    ]
    return {
        "calls": len(calls),
        "not answered": sum(call.answered is None for call in calls),
        "without a sound": sum(call.answered is not None and call.sounded is None for call in calls),
        "dropped": sum(call.dropped for call in calls),
        "lasted over a change of generations": len(lasting),
        "ring, median, no deploy": median(still) if still else None,
        "ring, longest, no deploy": max(still, default=None),
        "ring, median, deploys": median(rings) if rings else None,
        "ring, longest, deploys": max(rings, default=None),
        "a deploy, median": median(over - began for began, over in taken) if taken else None,
        "a deploy, longest": max((over - began for began, over in taken), default=None),
    }


async def _run(
    console: Console, deploys: int, at_once: int, seconds: float
) -> tuple[list[PlacedCall], list[tuple[float, float]]]:
    calls, taken = list[PlacedCall](), list[tuple[float, float]]()
    async with raised(data_dir() / "deploys", workers=1, calls=2 * at_once) as rig:
        began, over = time.monotonic(), asyncio.Event()

        def now() -> float:
            return time.monotonic() - began

        async with Tasks() as tasks:
            callers = [
                tasks.start(f"caller {number}", lambda number=number: _calls(rig, number, now, over, calls))
                for number in range(at_once)
            ]
            await asyncio.sleep(BASELINE_SECONDS)
            for number in range(1, deploys + 1):
                if (started := now()) > seconds:
                    console.print(f"[bold yellow]no time is left for deploy {number}")
                    break
                if not await _deployed(rig, f"try-{number}"):
                    console.print(f"[bold red]deploy {number} didn't take over")
                    break
                taken.append((started, now()))
                console.print(f"[dim]{now():4.0f} s  deploy {number} took over after {now() - started:.1f} s[/]")
            over.set()
            await asyncio.wait(callers)
    return calls, taken


async def _deployed(rig: Rig, release: str) -> bool:
    """Announces a generation, and returns when it took over and the workers of the one before have begun to leave."""
    generations, new = rig.services.generations, Generation(generation(), release)
    await generations.change(lambda known: known.offered(new, rig.services.clock.now()))
    try:
        async with asyncio.timeout(DEPLOY_SECONDS):
            while (known := await generations.known()).candidate == new:  # noqa: ASYNC110 (Redis tells nobody)
                await asyncio.sleep(0.1)
            while any(  # noqa: ASYNC110
                beat.serving and beat.generation != new.number for beat in await rig.services.workers.alive()
            ):
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return known.current == new


async def _calls(rig: Rig, number: int, now: Callable[[], float], over: asyncio.Event, calls: list[PlacedCall]) -> None:
    """One telephone's calls, one after the other, by the carrier and past it in turn."""
    entrances = list(rig.entrances.values())
    placed = 0
    while not over.is_set():
        to = entrances[(placed + number) % len(entrances)]
        began = now()
        leg = await rig.sip.dial(f"sip:{DID}@{to}", caller=f"+1503555{100 + number:04}")
        calls.append(await _listened(leg, PlacedCall(began), now, TALK_SECONDS[placed % len(TALK_SECONDS)]))
        placed += 1
        await asyncio.sleep(PAUSE_SECONDS)


async def _listened(leg: Leg, call: PlacedCall, now: Callable[[], float], talk_seconds: float) -> PlacedCall:
    sounded: list[float] = []

    async def listen() -> None:
        async for piece in leg.audio():
            if not sounded and sound.voiced_span(sound.from_pcm(piece.pcm), piece.rate):
                sounded.append(now())

    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await first(connected=leg.connected.wait(), ended=leg.ended())
    except TimeoutError:
        pass
    answered = now() if leg.connected.is_set() else None
    dropped = False
    if answered is not None:
        async with Tasks() as tasks:
            tasks.start("listening", listen)
            dropped = await first(ended=leg.ended(), over=asyncio.sleep(talk_seconds)) == "ended"
    await leg.hang_up()
    await leg.ended()
    return replace(call, answered=answered, sounded=sounded[0] if sounded else None, ended=now(), dropped=dropped)


if __name__ == "__main__":
    typer.run(deploys)
