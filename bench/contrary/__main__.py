"""`python -m bench.contrary`: seeded calls with a contrary model, and whether every guard held."""

import asyncio
import time
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

_FILE_WIDTH = 150


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
    console, began = Console(stderr=json), time.monotonic()
    if not console.is_terminal:
        console = Console(stderr=json, width=_FILE_WIDTH)
    trials = asyncio.run(_run(console, range(seed, seed + calls), parallel, listen))

    from bench.contrary.report import as_json, show

    show(console, trials, (time.monotonic() - began) / speed)
    if json:
        typer.echo(orjson.dumps(as_json(trials), option=orjson.OPT_INDENT_2))
    raise typer.Exit(1 if any(trial.broken for trial in trials) else 0)


async def _run(console: Console, seeds: range, parallel: int, listen: int) -> list[Any]:
    from agent.speech.engines import connections, open_engines
    from bench.contrary.trial import Trial, trial
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
        with (folder / "logs" / "contrary.log").open("w") as log:
            init_logs(settings, file=log, as_json=True)
            async with (
                open_services(settings) as services,
                connections(),
                open_engines(needed(settings.speech)) as engines,
            ):
                waiting, done = list(enumerate(seeds)), list[Trial]()

                async def caller() -> None:
                    while waiting:
                        number, seed = waiting.pop(0)
                        transcribed = bool(listen) and number % listen == 0
                        made = await trial(seed, services, engines, lab, listen=transcribed)
                        done.append(made)
                        console.print(
                            f"[dim]{len(done):3} of {len(seeds)}  call {seed}  {made.kind}: {made.outcome}"
                            f"{'  BROKEN' if made.broken else ''}[/]",
                            highlight=False,
                        )

                async with asyncio.TaskGroup() as callers:
                    for _ in range(parallel):
                        callers.create_task(caller())
                return sorted(done, key=lambda trial: trial.seed)


if __name__ == "__main__":
    typer.run(contrary)
