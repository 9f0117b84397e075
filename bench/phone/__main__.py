"""`python -m bench.phone`: compares answer times and calls at once with a bare worker."""

import asyncio
import shutil
import time
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from bench.agents import SIDES, Side
from bench.caller import CallFailed
from bench.phone.calls import compare_answers
from bench.phone.knee import Pile, pile_up
from bench.phone.report import answers_json, show_answers, show_knee, show_turns, turns_json
from bench.phone.rig import raised_rig
from bench.phone.turns import compare_turns
from lab.stack.livekit import livekit_program
from lab.stack.stack import folders
from shared.config import cache_dir, data_dir
from shared.errors import StackError

BETWEEN_PILES_SECONDS = 5.0


def bench(
    calls: Annotated[int, typer.Option(min=5, help="A side.")] = 30,
    at_once: Annotated[
        str, typer.Option(help="Numbers of calls at once to try, e.g. 2,4,6,8; empty leaves this out.")
    ] = "",
    turns: Annotated[int, typer.Option(min=0, help="Calls a side in which questions are timed, eight each.")] = 5,
    json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON; progress goes to stderr.")] = False,
) -> None:
    """Measure phone calls over SIP and LiveKit against a bare livekit-agents worker. Needs `make phone-rig`.

    Examples:  python -m bench.phone   |   python -m bench.phone --calls 10 --at-once 2,4,6,8
    """
    console = Console(stderr=json)
    piles = [int(number) for number in at_once.split(",") if number]
    try:
        livekit_program(cache_dir())
        figures = asyncio.run(compare_phones(console, calls, turns, piles))
    except (CallFailed, StackError) as error:
        raise SystemExit(f"no figures: {error}") from error
    if json:
        typer.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2))


async def compare_phones(console: Console, calls: int, turns: int, at_once: list[int]) -> dict[str, Any]:
    """Prints the tables, and returns the figures. Raises CallFailed, and StackError when a process can't start."""
    began = time.monotonic()

    def progress(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s  {text}[/]", highlight=False)

    folder = data_dir() / "bench-phone"
    progress("starting the whole system and a bare worker")
    try:
        async with raised_rig(folder, max([6, *at_once])) as rig:
            answers = await compare_answers(rig, calls, progress)
            latencies = await compare_turns(rig, turns, progress)
            piles: dict[Side, list[Pile]] = {side: [] for side in SIDES}
            for number in at_once:
                for side in SIDES:
                    piles[side].append(await pile_up(rig, side, number, progress))
                    await asyncio.sleep(BETWEEN_PILES_SECONDS)
    finally:
        for left in folders(folder):
            shutil.rmtree(left, ignore_errors=True)
    show_answers(console, answers)
    if turns:
        show_turns(console, latencies)
    if at_once:
        show_knee(console, piles)
    levels = {side: [pile.__dict__ for pile in piles[side]] for side in SIDES}
    return {"answers": answers_json(answers), "turns": turns_json(latencies), "at_once": levels}


if __name__ == "__main__":
    typer.run(bench)
