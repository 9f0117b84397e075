"""`python -m bench.takeover`: kills the processes of running calls, and measures what the caller hears of it."""

import asyncio
import shutil
import statistics
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import orjson
import psutil
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bench.chaos.accounts import Way
from bench.chaos.callers import say
from bench.chaos.rig import Rig, busy_worker, raised
from lab.base import sound
from lab.sip.stack import Leg
from lab.stack.livekit import livekit_program
from lab.stack.stack import folders
from shared.config import cache_dir, data_dir
from shared.domain.call import CallRecord
from shared.errors import StackError
from shared.tasks import Tasks

Victim = Literal["job", "worker", "worker and jobs"]

DID = "+12065550100"
VICTIMS: tuple[Victim, ...] = ("job", "worker", "worker and jobs")
LONGEST_SECONDS = 25.0
QUIET_SECONDS = 1.2
WISH = "I'd rather not be recorded, thank you. At what time do you meet on Sundays?"
"""Before the kill: the agent that goes on has something to go on from."""
AFTERWARDS = "And where do I leave my car?"
AIMED_BRIDGE_SECONDS, AIMED_AGENT_SECONDS = 2.0, 4.0


@dataclass(frozen=True)
class Takeover:
    """One call whose process was killed. Seconds count from the kill; None: it never came."""

    victim: Victim
    way: Way
    sound_seconds: float | None
    """Until the caller hears the next sound, where its process died with its worker or alone: the bridge."""
    answer_seconds: float | None
    """From the end of the caller's next question to the agent's answer."""
    records: int
    disposition: str | None
    end_reason: str | None

    @property
    def went_on(self) -> bool:
        return self.answer_seconds is not None and self.records == 1 and self.end_reason == "caller_hung_up"


def bench(
    kills: Annotated[int, typer.Option(min=1, max=100, help="Of each victim.")] = 10,
    victims: Annotated[str, typer.Option(help="Some of: job, worker, worker and jobs.")] = ",".join(VICTIMS),
    json: Annotated[bool, typer.Option("--json", help="Print each call as JSON; the table goes to stderr.")] = False,
) -> None:
    """Kill -9 the job of a running call, its worker, or both, by turns through the carrier and past it.

    Needs `make phone-rig`. Exit code 1 when a call didn't go on.

    Examples:  python -m bench.takeover   |   python -m bench.takeover --kills 3 --victims job
    """
    console = Console(stderr=json)
    chosen: list[Victim] = [victim for victim in VICTIMS if victim in victims.split(",")]
    folder = data_dir() / "bench-takeover"
    try:
        livekit_program(cache_dir())
        found = asyncio.run(_measure(console, chosen, kills))
    except StackError as error:
        raise SystemExit(f"no figures: {error}") from error
    finally:
        for left in folders(folder):
            shutil.rmtree(left, ignore_errors=True)
    if json:
        typer.echo(orjson.dumps([asdict(one) | {"went_on": one.went_on} for one in found], option=orjson.OPT_INDENT_2))
    _show(console, found)
    if not all(one.went_on for one in found):
        raise typer.Exit(1)


async def _measure(console: Console, victims: Sequence[Victim], kills: int) -> list[Takeover]:
    found: list[Takeover] = []
    async with raised(data_dir() / "bench-takeover", workers=2, calls=3) as rig:
        speech = {text: await rig.lab.say(text) for text in (WISH, AFTERWARDS)}
        for number in range(kills):
            for place, victim in enumerate(victims):
                way: Way = "carrier" if number % 2 else "direct"
                caller = f"+1{(503, 505, 507)[place]}55501{number:02}"
                one = await _killed(rig, victim, way, caller, speech)
                console.print(f"[dim]{victim}, {way}: {_seconds(one.sound_seconds)}[/]", highlight=False)
                found.append(one)
                await rig.all_ready()
    return found


async def _killed(rig: Rig, victim: Victim, way: Way, caller: str, speech: dict[str, bytes]) -> Takeover:
    leg = await rig.sip.dial(f"sip:{DID}@{rig.entrances[way]}", caller=caller)
    sounded = answered = None
    async with AsyncExitStack() as opened:
        ear = _Ear(leg)
        tasks = await opened.enter_async_context(Tasks())
        async with asyncio.timeout(LONGEST_SECONDS):
            await leg.connected.wait()
        tasks.start("listening", ear.listen)
        await ear.spoke_since(time.monotonic())
        await ear.quiet()
        await say(leg, speech[WISH])
        await ear.spoke_since(time.monotonic())
        await ear.quiet()
        struck = busy_worker([child.pid for child in rig.stage.workers], rig.fleet.livekit.url)
        assert struck, "no job process is in a call"
        _kill(victim, *struck)
        killed = time.monotonic()
        if victim != "worker":
            # a job outlives its worker: the caller of such a call hears nothing of it
            sounded = await ear.spoke_since(killed)
            await ear.quiet()
        else:
            await asyncio.sleep(AIMED_AGENT_SECONDS)
        await say(leg, speech[AFTERWARDS])
        last_word = time.monotonic()
        if leg.ending is None:
            answered = await ear.spoke_since(last_word)
            await ear.quiet()
        await leg.hang_up()
        await leg.ended()
    rows = await _rows(rig, caller)
    return Takeover(
        victim,
        way,
        None if sounded is None else sounded - killed,
        None if answered is None else answered - last_word,
        len(rows),
        rows[0].disposition if rows else None,
        rows[0].end_reason if rows else None,
    )


def _kill(victim: Victim, worker: psutil.Process, job: psutil.Process) -> None:
    jobs = worker.children(recursive=True)
    if victim != "job":
        worker.kill()
    for one in [job] if victim == "job" else jobs if victim == "worker and jobs" else []:
        one.kill()


class _Ear:
    def __init__(self, leg: Leg) -> None:
        self._leg = leg
        self._voiced_at: float | None = None
        self._began_at: float | None = None
        """Of the sound that goes on, or was the last one."""

    async def listen(self) -> None:
        async for piece in self._leg.audio():
            if sound.voiced_span(sound.from_pcm(piece.pcm), piece.rate):
                if self._voiced_at is None or piece.at - self._voiced_at > QUIET_SECONDS / 2:
                    self._began_at = piece.at
                self._voiced_at = piece.at

    async def spoke_since(self, at: float) -> float | None:
        """When the first sound after this began; None where none comes, or the call ends."""
        deadline = time.monotonic() + LONGEST_SECONDS
        while self._began_at is None or self._began_at < at:
            if time.monotonic() > deadline or self._leg.ending is not None:
                return None
            await asyncio.sleep(0.02)
        return self._began_at

    async def quiet(self) -> None:
        """Until the agent is silent."""
        while self._leg.ending is None and time.monotonic() - (self._voiced_at or 0.0) < QUIET_SECONDS:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _rows(rig: Rig, caller: str) -> list[CallRecord]:
    deadline = time.monotonic() + LONGEST_SECONDS
    while True:
        rows = [row for row in await rig.services.records.recent("local", 200) if row.caller == caller]
        if (rows and all(row.disposition for row in rows)) or time.monotonic() > deadline:
            return rows
        await asyncio.sleep(0.2)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _show(console: Console, found: Sequence[Takeover]) -> None:
    table = Table(title="Calls whose processes were killed", title_justify="left", box=box.SIMPLE)
    for name in ("killed", "calls", "went on", "dead air, median", "longest", "next answer, median", "longest"):
        table.add_column(name, justify="left" if name == "killed" else "right", no_wrap=True)
    for victim in dict.fromkeys(one.victim for one in found):
        those = [one for one in found if one.victim == victim]
        figures: list[str] = []
        for values in ([one.sound_seconds for one in those], [one.answer_seconds for one in those]):
            known = [value for value in values if value is not None]
            figures += [_seconds(statistics.median(known)), _seconds(max(known))] if known else ["-", "-"]
        table.add_row(victim, str(len(those)), str(sum(one.went_on for one in those)), *figures)
    console.print(table)
    console.print(
        f"Aimed: a sound within {AIMED_BRIDGE_SECONDS:g} s of the kill, an agent within {AIMED_AGENT_SECONDS:g}."
    )


if __name__ == "__main__":
    typer.run(bench)
