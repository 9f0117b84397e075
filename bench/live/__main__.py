"""`python -m bench.live`: calls with the real Deepgram and OpenAI, and how many became what they should."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bench.live.calls import Evaluated, evaluate
from bench.runner import at_once, console_of
from shared.errors import ConfigError
from shared.process import interruptible


def live(
    calls: Annotated[int, typer.Option(min=1, help="How many calls; ten make one of each kind.")] = 30,
    parallel: Annotated[int, typer.Option(min=1, max=8, help="Calls at once.")] = 2,
    json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON; the table goes to stderr.")] = False,
) -> None:
    """Call the agent with the real providers (DEEPGRAM_API_KEY, OPENAI_API_KEY), which costs some cents a call.

    DEEPGRAM_BASE_URL and OPENAI_BASE_URL lead to compatible services instead.
    """
    console, began = console_of(json), time.monotonic()
    try:
        evaluated = asyncio.run(interruptible(_run(console, calls, parallel)))
    except ConfigError as error:
        raise SystemExit(str(error)) from None
    _show(console, evaluated, time.monotonic() - began)
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in evaluated], option=orjson.OPT_INDENT_2))
    raise typer.Exit(0 if all(each.passed for each in evaluated) else 1)


async def _run(console: Console, calls: int, parallel: int) -> list[Evaluated]:
    from agent.speech.engines import connections, open_engines
    from lab.providers.control import LabControl
    from local_deploy.local import local
    from shared.config import needed

    async with local(live=True) as here, connections(), LabControl(here.stack.providers_url) as lab:
        # the caller's voice and the ears of the judge are the lab's
        await lab.ready()
        speech = needed(here.settings.speech)
        console.print(
            f"[dim]recogniser {speech.deepgram_base_url or 'Deepgram'}, model {speech.llm_model} of "
            f"{speech.openai_base_url or 'OpenAI'}[/]",
            highlight=False,
        )

        async with open_engines(speech) as engines:
            return await at_once(
                *(console, range(calls), parallel, lambda number: evaluate(number, here.services, engines, lab)),
                lambda made: f"{made.scenario}: {', '.join(made.unmet) or 'as expected'}",
            )


def _show(console: Console, evaluated: Sequence[Evaluated], seconds: float) -> None:
    table = Table(title="Calls with the providers of the settings", title_justify="left", box=box.SIMPLE)
    for name in ("scenario", "calls", "as expected", "answer ms", "cost $", "unmet"):
        table.add_column(name, justify="left" if name in ("scenario", "unmet") else "right")
    for name in dict.fromkeys(each.scenario for each in evaluated):
        mine = [each for each in evaluated if each.scenario == name]
        unmet = Counter(reason for each in mine for reason in each.unmet)
        table.add_row(
            *(name, str(len(mine)), str(sum(each.passed for each in mine))),
            *(_mean([each.latency_ms for each in mine], 0), _mean([each.cost_usd for each in mine], 4)),
            "; ".join(f"{reason} {times}" for reason, times in unmet.most_common()),
        )
    console.print(table)
    passed = sum(each.passed for each in evaluated)
    console.print(f"{passed} of {len(evaluated)} calls became what they should. {seconds:.0f} s.", highlight=False)


def _mean(values: Sequence[Any], digits: int) -> str:
    """Of the known ones; `?` when there is none."""
    known = [value for value in values if value is not None]
    return f"{sum(known) / len(known):.{digits}f}" if known else "?"


if __name__ == "__main__":
    typer.run(live)
