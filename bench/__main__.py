"""`make bench`: compares Pickup with a bare livekit-agents session, and times its webhooks, in one run."""

import asyncio
import gc
import time
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from bench.caller import CallFailed
from bench.load import LoadPlan, compare_load
from bench.phone.__main__ import compare_phones
from bench.report import Comparison, as_json, show
from bench.stage import LOG, set_stage
from bench.turns import TurnPlan, compare_turns
from bench.webhooks.__main__ import PACE, measure_webhooks
from lab.stack.livekit import livekit_program
from shared.config import cache_dir, data_dir
from shared.errors import StackError
from shared.process import interruptible


def bench(
    quick: Annotated[bool, typer.Option(help="A rough answer in two minutes.")] = False,
    turns: Annotated[int | None, typer.Option(min=10, help="Turns a side, at least.")] = None,
    parallel: Annotated[int, typer.Option(min=1, max=8, help="Calls at once while turns are measured.")] = 4,
    json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON; progress goes to stderr.")] = False,
) -> None:
    """Measure turn latency, answer time, memory and CPU per call against a bare livekit-agents session."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise SystemExit("make bench reads memory and processor time from /proc, so it runs on Linux only")
    console = Console(stderr=json)
    plan = TurnPlan(turns or (20 if quick else 200), parallel, 5 if quick else 8)
    load = LoadPlan((1, 8), 1, 2.0) if quick else LoadPlan((1, 2, 4, 8), 2, 5.0)
    figures: dict[str, Any] = {}
    failures: list[BaseException] = []
    try:
        measured = _bench(console, plan, load, 10 if quick else 30, 4.0 if quick else 10.0)
        figures = asyncio.run(interruptible(measured))
    except* (CallFailed, StackError) as group:
        failures = list(group.exceptions)
    if failures:
        # parallel calls fail for the same reason, so the first says it
        raise SystemExit(f"no figures: {failures[0]} (more in {data_dir() / LOG})")
    if json:
        typer.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


async def _bench(
    console: Console, plan: TurnPlan, load_plan: LoadPlan, phone_calls: int, webhook_seconds: float
) -> dict[str, Any]:
    began = time.monotonic()

    def progress(text: str) -> None:
        # whole lines, as a spinner would draw in the measuring process
        console.print(f"[dim]{time.monotonic() - began:4.0f} s  {text}[/]", highlight=False)

    progress("starting the embedded stack and the first call")
    async with set_stage() as stage:
        gc.freeze()
        turns = await compare_turns(stage, plan, progress)
        load = await compare_load(stage, load_plan, progress)
    comparison = Comparison(plan, turns, load, time.monotonic() - began)
    show(console, comparison)
    figures = as_json(comparison) | {"webhooks": await measure_webhooks(console, PACE, webhook_seconds)}
    try:
        livekit_program(cache_dir())
    except StackError as error:
        console.print(f"Phone calls weren't measured: {error}", highlight=False)
        return figures
    return figures | {"phone": await compare_phones(console, phone_calls, max(2, phone_calls // 6), [])}


if __name__ == "__main__":
    typer.run(bench)
