"""`python -m bench.sloppy`: seeded calls of patient callers to a sloppy model, and what each of them got."""

import asyncio
import time
from collections import Counter
from typing import Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bench.runner import at_once, console_of, own_ground
from bench.sloppy.trial import Trial, trial

LEAST_SHARE = 0.9
"""Of the callers, who must get the row or a truthful refusal."""


def sloppy(
    calls: Annotated[int, typer.Option(min=1, help="How many calls.")] = 50,
    seed: Annotated[int, typer.Option(help="Of the first call; each further one has the next.")] = 0,
    parallel: Annotated[int, typer.Option(min=1, max=16, help="Calls at once.")] = 8,
    talk: Annotated[
        bool, typer.Option("--talk", help="Print what was said in the calls that came to nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON; the table goes to stderr.")] = False,
) -> None:
    """Let patient callers ask a sloppy model for something; exits with 1 when fewer than nine in ten get it."""
    console, began = console_of(json), time.monotonic()
    trials = asyncio.run(_run(console, range(seed, seed + calls), parallel))
    _show(console, trials, time.monotonic() - began, talk)
    if json:
        shown = [
            {"seed": t.seed, "wish": t.kind, "result": t.result, "rows": t.rows, "turns": t.turns, "outcome": t.outcome}
            for t in trials
        ]
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2))
    raise typer.Exit(0 if sum(made.live for made in trials) >= LEAST_SHARE * len(trials) else 1)


async def _run(console: Console, seeds: range, parallel: int) -> list[Trial]:
    async with own_ground("sloppy") as (services, engines, _):
        return await at_once(
            console,
            seeds,
            parallel,
            lambda seed: trial(seed, services, engines),
            lambda made: f"{made.kind}: {made.result}",
        )


def _show(console: Console, trials: list[Trial], seconds: float, talk: bool) -> None:
    table = Table(title="What the callers got", title_justify="left", box=box.SIMPLE)
    for name in ("wish", "calls", "stored", "refused", "nothing", "twice", "turns", "outcomes"):
        table.add_column(name, justify="left" if name in ("wish", "outcomes") else "right")
    for kind in sorted({made.kind for made in trials}):
        mine = [made for made in trials if made.kind == kind]
        results = Counter(made.result for made in mine)
        outcomes = Counter(made.outcome for made in mine)
        table.add_row(
            *(kind, str(len(mine)), *(str(results[name] or "·") for name in ("stored", "refused", "nothing"))),
            *(str(sum(made.rows > 1 for made in mine) or "·"), f"{sum(t.turns for t in mine) / len(mine):.1f}"),
            "; ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common()),
        )
    console.print(table)
    for made in trials if talk else ():
        if not made.live:
            console.print(f"[bold]call {made.seed}, {made.kind}: {made.result}[/]")
            for speaker, words in made.talk:
                console.print(f"  {speaker}: {words}", highlight=False, markup=False)
    live = sum(made.live for made in trials)
    console.print(f"{live} of {len(trials)} callers got the row or the truth. {seconds:.0f} s.", highlight=False)


if __name__ == "__main__":
    typer.run(sloppy)
