"""`python -m bench.sloppy`: seeded calls of patient callers to a sloppy model, and what each of them got."""

import asyncio
import time
from collections import Counter
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

LEAST_SHARE = 0.9
"""Of the callers, who must get the row or a truthful refusal."""
_FILE_WIDTH = 150


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
    console, began = Console(stderr=json), time.monotonic()
    if not console.is_terminal:
        console = Console(stderr=json, width=_FILE_WIDTH)
    trials = asyncio.run(_run(range(seed, seed + calls), parallel))
    _show(console, trials, time.monotonic() - began, talk)
    if json:
        shown = [
            {"seed": t.seed, "wish": t.kind, "result": t.result, "rows": t.rows, "turns": t.turns, "outcome": t.outcome}
            for t in trials
        ]
        typer.echo(orjson.dumps(shown, option=orjson.OPT_INDENT_2))
    raise typer.Exit(0 if sum(trial.live for trial in trials) >= LEAST_SHARE * len(trials) else 1)


async def _run(seeds: range, parallel: int) -> list[Any]:
    from agent.speech.engines import connections, open_engines
    from bench.sloppy.trial import Trial, trial
    from lab.providers.control import LabControl
    from lab.stack.stack import joined_stack
    from local_deploy.local import local_settings
    from shared.config import data_dir, load_settings, needed
    from shared.observe import init_logs
    from shared.wiring import open_services

    folder = data_dir() / "bench"
    # a stack of its own, so that no other call is on it
    async with joined_stack(folder) as stack, LabControl(stack.providers_url) as lab:
        await lab.ready()
        settings = load_settings(**local_settings(stack, {}) | {"data_dir": folder, "sentry_dsn": None})
        (folder / "logs").mkdir(exist_ok=True)
        with (folder / "logs" / "sloppy.log").open("w") as log:
            init_logs(settings, file=log, as_json=True)
            async with (
                open_services(settings) as services,
                connections(),
                open_engines(needed(settings.speech)) as engines,
            ):
                waiting, done = list(seeds), list[Trial]()

                async def caller() -> None:
                    while waiting:
                        done.append(await trial(waiting.pop(0), services, engines))

                async with asyncio.TaskGroup() as callers:
                    for _ in range(parallel):
                        callers.create_task(caller())
                return sorted(done, key=lambda trial: trial.seed)


def _show(console: Console, trials: list[Any], seconds: float, talk: bool) -> None:
    table = Table(title="What the callers got", title_justify="left", box=box.SIMPLE)
    for name in ("wish", "calls", "stored", "refused", "nothing", "twice", "turns", "outcomes"):
        table.add_column(name, justify="left" if name in ("wish", "outcomes") else "right")
    for kind in sorted({trial.kind for trial in trials}):
        mine = [trial for trial in trials if trial.kind == kind]
        results = Counter(trial.result for trial in mine)
        outcomes = Counter(trial.outcome for trial in mine)
        table.add_row(
            *(kind, str(len(mine)), *(str(results[name] or "·") for name in ("stored", "refused", "nothing"))),
            *(str(sum(trial.rows > 1 for trial in mine) or "·"), f"{sum(t.turns for t in mine) / len(mine):.1f}"),
            "; ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common()),
        )
    console.print(table)
    for trial in trials if talk else ():
        if not trial.live:
            console.print(f"[bold]call {trial.seed}, {trial.kind}: {trial.result}[/]")
            for speaker, words in trial.talk:
                console.print(f"  {speaker}: {words}", highlight=False, markup=False)
    live = sum(trial.live for trial in trials)
    console.print(f"{live} of {len(trials)} callers got the row or the truth. {seconds:.0f} s.", highlight=False)


if __name__ == "__main__":
    typer.run(sloppy)
