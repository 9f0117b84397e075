"""`python -m bench.turn_taking`: whom the agent answers, what it stops for, against a bare livekit-agents session."""

import asyncio
import gc
import time
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from bench.agents import TURN_SIDES, Side
from bench.caller import CallFailed
from bench.meter import machine_busy_seconds
from bench.runner import console_of
from bench.stage import set_stage
from bench.turn_taking.calls import Utterance, open_sides
from bench.turn_taking.report import as_json, show, show_dictations
from bench.turn_taking.script import CYCLE, DICTATIONS
from shared.config import data_dir
from shared.errors import StackError
from shared.process import interruptible

LOG = "turn_taking.log"


def bench(
    utterances: Annotated[int, typer.Option(min=0, help="Of callers, a side, at least.")] = 200,
    parallel: Annotated[int, typer.Option(min=1, max=12, help="Calls at once.")] = 7,
    dictations: Annotated[int, typer.Option(min=0, help="Numbers, names and addresses told to Pickup.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON; progress goes to stderr.")] = False,
) -> None:
    """Measure turn-taking: questions, signs of listening, talk to others, coughs, interruptions, dictated numbers.

    Examples:  python -m bench.turn_taking   |   python -m bench.turn_taking --utterances 0 --dictations 300
    """
    console = console_of(json)
    try:
        figures = asyncio.run(interruptible(_bench(console, utterances, parallel, dictations)))
    except (CallFailed, StackError) as error:
        raise SystemExit(f"no figures: {error}") from error
    if json:
        typer.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


async def _bench(console: Console, utterances: int, parallel: int, dictations: int) -> dict[str, Any]:
    began = time.monotonic()
    blocks: dict[Side, list[list[Utterance]]] = {side: [] for side in TURN_SIDES}
    rounds = -(-utterances // (parallel * len(CYCLE)))
    async with set_stage() as stage, open_sides(stage, data_dir() / "logs" / LOG) as sides:
        gc.freeze()
        busy, whole = machine_busy_seconds()
        for number in range(rounds):
            # A B C, C B A, …: slow drifts of the machine meet all sides alike
            for side in TURN_SIDES if number % 2 == 0 else reversed(TURN_SIDES):
                blocks[side].append(await sides.block(side, parallel))
            console.print(f"[dim]{time.monotonic() - began:4.0f} s  round {number + 1} of {rounds}[/]", highlight=False)
        dictated: list[Utterance] = []
        while len(dictated) < dictations:
            dictated += await sides.block("pickup", parallel, DICTATIONS)
            console.print(f"[dim]{time.monotonic() - began:4.0f} s  {len(dictated)} dictations[/]", highlight=False)
        busy_after, whole_after = machine_busy_seconds()
    share = (busy_after - busy) / max(0.01, whole_after - whole)
    if utterances:
        show(console, blocks, share, time.monotonic() - began)
    figures = as_json(blocks, share) if utterances else {}
    if dictated:
        show_dictations(console, dictated)
    return figures | {"dictations": {"count": len(dictated), "cut": sum(each.cut_in for each in dictated)}}


if __name__ == "__main__":
    typer.run(bench)
