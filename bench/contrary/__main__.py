"""`python -m bench.contrary`: seeded calls with a contrary model, and whether every guard held."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import orjson
import typer
from rich.console import Console

from bench.runner import at_once, console_of, own_ground

if TYPE_CHECKING:
    from bench.contrary.trial import Trial


def contrary(
    calls: Annotated[int, typer.Option(min=1, help="How many calls.")] = 50,
    seed: Annotated[int, typer.Option(help="Of the first call; each further one has the next.")] = 0,
    parallel: Annotated[int, typer.Option(min=1, max=4, help="Calls at once; two are sound at a speed of 4.")] = 2,
    speed: Annotated[float, typer.Option(min=1, max=8, help="How much faster than real time.")] = 4.0,
    listen: Annotated[
        int, typer.Option(min=0, help="Recognise what the caller heard in every so manieth call; 0: none.")
    ] = 5,
    json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON; the tables go to stderr.")] = False,
) -> None:
    """Let a model call wrong, repeat itself and lie in many calls; exits with 1 when any guard broke."""
    from lab.base import timescale

    # before livekit is imported, or it keeps the unscaled clock
    timescale.install(speed)
    console, began = console_of(json), time.monotonic()
    trials = asyncio.run(_run(console, range(seed, seed + calls), parallel, listen))

    from bench.contrary.report import as_json, show

    show(console, trials, (time.monotonic() - began) / speed)
    if json:
        typer.echo(orjson.dumps(as_json(trials), option=orjson.OPT_INDENT_2))
    raise typer.Exit(1 if any(trial.broken for trial in trials) else 0)


async def _run(console: Console, seeds: range, parallel: int, listen: int) -> "list[Trial]":
    async with own_ground("contrary") as (services, engines, lab):
        from bench.contrary.trial import trial

        async def call(seed: int) -> "Trial":
            transcribed = bool(listen) and (seed - seeds.start) % listen == 0
            return await trial(seed, services, engines, lab, listen=transcribed)

        def text(made: "Trial") -> str:
            return f"call {made.seed}  {made.kind}: {made.outcome}{'  BROKEN' if made.broken else ''}"

        return await at_once(console, seeds, parallel, call, text)


if __name__ == "__main__":
    typer.run(contrary)
