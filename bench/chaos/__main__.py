"""`python -m bench.chaos`: calls under a seeded schedule of faults, then an audit."""

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bench.chaos.accounts import PhoneAccount, Way
from bench.chaos.auditor import Audit, audit
from bench.chaos.callers import Callers, spoken
from bench.chaos.evidence import collected
from bench.chaos.rig import Rig, raised
from bench.chaos.schedule import Strike, drawn
from lab.stack.livekit import livekit_program
from lab.stack.stack import folders
from shared.config import cache_dir, data_dir
from shared.errors import StackError
from shared.tasks import Tasks

DID = "+12065550100"
CALL_SECONDS = 18.0
"""What a call takes on average: so long is a run."""
WAYS: tuple[Way, ...] = ("carrier", "direct")


@dataclass(frozen=True)
class Run:
    seed: int
    struck: Sequence[tuple[Strike, bool]]
    """Each strike, and whether there was something to strike."""
    audit: Audit


def chaos(
    calls: Annotated[int, typer.Option(min=1, max=2000, help="A seed.")] = 20,
    seed: Annotated[str, typer.Option(help="Seeds, e.g. 1,2,3: each is a run of its own.")] = "1",
    at_once: Annotated[int, typer.Option(min=1, max=32, help="So many calls at the same time.")] = 2,
    workers: Annotated[int, typer.Option(min=1, max=8)] = 2,
    spare: Annotated[str, typer.Option(help="Don't strike these, e.g. livekit,gateway; `all`: none.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Keep the logs of a run with violations.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; progress goes to stderr.")] = False,
) -> None:
    """Let callers call while processes are killed and frozen, providers fail and webhooks come twice or never.

    Afterwards an auditor holds what each telephone met against what the system kept. Exit code 1 when anything is
    wrong; run its seed again alone to see it again. Needs `make phone-rig`.

    Examples:  python -m bench.chaos   |   python -m bench.chaos --calls 200 --seed 1,2,3,4,5
    """
    console = Console(stderr=json)
    spared = [name for name in spare.split(",") if name]
    try:
        livekit_program(cache_dir())
        runs = [
            asyncio.run(_run(console, int(one), calls, at_once, workers, spared, keep))
            for one in seed.split(",")
            if one
        ]
    except StackError as error:
        raise SystemExit(f"no run: {error}") from error
    if json:
        typer.echo(orjson.dumps([asdict(run) for run in runs], option=orjson.OPT_INDENT_2, default=str))
    for run in runs:
        _show(console, run)
    if any(run.audit.violations for run in runs):
        raise typer.Exit(1)


async def _run(
    console: Console, seed: int, calls: int, at_once: int, workers: int, spared: Sequence[str], keep: bool
) -> Run:
    folder = data_dir() / f"chaos-{seed}"
    found: Audit | None = None
    # what a run that was cut short has left would be taken for this one's
    _remove(folder)
    try:
        async with raised(folder, workers=workers, calls=2 * at_once) as rig:
            strikes = [] if "all" in spared else drawn(seed, calls * CALL_SECONDS / at_once, spared)
            callers = Callers(rig.sip, rig.entrances, DID, await spoken(rig.lab))
            accounts, struck = await _struck_calls(console, rig, callers, strikes, seed, calls, at_once)
            console.print("[dim]the calls are over; waiting for the last records[/]")
            await rig.all_ready()
            kept = await collected(rig, calls)
        found = audit(accounts, kept, [strike for strike, hit in struck if hit])
        return Run(seed, struck, found)
    finally:
        if not (keep and found and found.violations):
            _remove(folder)


def _remove(folder: Path) -> None:
    for left in folders(folder):
        shutil.rmtree(left, ignore_errors=True)


async def _struck_calls(
    console: Console, rig: Rig, callers: Callers, strikes: Sequence[Strike], seed: int, calls: int, at_once: int
) -> tuple[list[PhoneAccount], list[tuple[Strike, bool]]]:
    """All calls, with the strikes in their time."""
    free = asyncio.Semaphore(at_once)
    began = time.monotonic()
    struck: list[tuple[Strike, bool]] = []
    callers.begin()

    def progress(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s  {text}[/]", highlight=False)

    async def one(number: int) -> PhoneAccount:
        async with free:
            return await callers.call(number, seed, WAYS[number % 2])

    async def strike_all() -> None:
        for strike in strikes:
            await asyncio.sleep(max(0.0, strike.at_seconds - callers.seconds))
            progress(str(strike))
            at = round(callers.seconds, 1)
            hit = await rig.strike(strike)
            struck.append((Strike(at, strike.act, strike.target, strike.how, strike.seconds), hit))

    async with Tasks() as tasks:
        tasks.start("strikes", strike_all)
        async with asyncio.TaskGroup() as group:
            placed = [group.create_task(one(number), name=f"call {number}") for number in range(1, calls + 1)]
    return [task.result() for task in placed], struck


def _show(console: Console, run: Run) -> None:
    found = run.audit
    table = Table(title=f"Seed {run.seed}", title_justify="left", box=box.SIMPLE, show_header=False)
    rows: dict[str, Any] = {
        "calls": found.calls,
        "answered": found.answered,
        "refused, so that the carrier forwards": found.refused,
        "met a dead carrier or gateway": found.unreachable,
        "lost their sound with a dead carrier or gateway": found.broken,
        "strikes": sum(hit for _, hit in run.struck),
        "slowest answer": f"{found.slowest_answer_seconds:.1f} s",
        "longest silence": f"{found.longest_silence_seconds:.1f} s",
        "violations": len(found.violations),
    }
    for name, value in rows.items():
        table.add_row(name, str(value))
    console.print(table)
    for violation in found.violations:
        console.print(f"[bold red]{violation.rule}[/]  {violation.call}: {violation.finding}", highlight=False)


if __name__ == "__main__":
    typer.run(chaos)
