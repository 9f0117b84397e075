"""`pickup call`: a simulated phone call on the embedded stack, shown while it runs and summarised afterwards."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console

from shared.errors import InputError
from shared.process import interruptible

if TYPE_CHECKING:
    from lab.person.line import EmbeddedLine
    from lab.person.scenario import Scenario
    from shared.domain.call import CallEvent

DEFAULT_SCENARIO = "hours"


def call(
    scenario: Annotated[
        str, typer.Option(help="What the caller does: a name of `pickup scenarios`, or a YAML file.")
    ] = DEFAULT_SCENARIO,
    to: Annotated[str | None, typer.Option(help="The number dialled, e.g. +12065550100.")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="The caller's number; `anonymous` withholds it.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Use the real Deepgram and OpenAI (DEEPGRAM_API_KEY, OPENAI_API_KEY).")
    ] = False,
    speed: Annotated[float, typer.Option(min=1, max=8, help="Run faster than real time; 4 is sound for tests.")] = 1.0,
    wav: Annotated[Path | None, typer.Option(help="Keep what the caller's ear heard and said, as stereo WAV.")] = None,
    play: Annotated[bool, typer.Option("--play", help="Listen along, where there is a sound device.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the call's record as JSON instead of the story.")] = False,
    svg: Annotated[Path | None, typer.Option(help="Keep the story as a picture, as in the README.")] = None,
) -> None:
    """Call the local church and watch the call being answered.

    Examples:  pickup call   |   pickup call --scenario prayer --wav call.wav   |   pickup call --to +12065550177 --json
    """
    from lab.base import timescale

    for kept in filter(None, (wav, svg)):
        _check_writable(kept)
    if play and speed != 1:
        raise InputError("--play lets you listen in real time: leave out --speed")
    # before livekit is imported, or it keeps the unscaled clock
    timescale.install(speed)
    console = Console(stderr=json, record=svg is not None, width=100 if svg else None)
    from lab.person.scenario import load_scenario

    script = load_scenario(scenario, did=to, caller=from_)
    record = asyncio.run(interruptible(_call(console, script, live, wav, play)))
    if svg:
        console.save_svg(str(svg), title="pickup call")
    if json:
        typer.echo(orjson.dumps(record, default=str, option=orjson.OPT_INDENT_2))
    if record["end_reason"] == "error" and record["template"]:
        from agent.businesses.business import business_of

        # prints what is wrong with the template, if that was the error
        _ = business_of(record["template"]).template
    if record["disposition"] is None:
        raise typer.Exit(1)


def _check_writable(kept: Path) -> None:
    """Raises InputError before the call, as its sound would be lost afterwards."""
    if kept.is_dir() or not os.access(kept if kept.exists() else kept.absolute().parent, os.W_OK):
        raise InputError(f"{kept} can't be written; give a file in a folder that is there")


async def _call(console: Console, scenario: "Scenario", live: bool, wav: Path | None, play: bool) -> dict[str, Any]:
    from cli.story import Story, summary
    from lab.person.loudspeaker import loudspeaker
    from local_deploy.simulated_call import simulate_call

    with contextlib.ExitStack() as opened:
        listeners = [opened.enter_context(loudspeaker()).hear] if play else []
        status = opened.enter_context(console.status("starting the embedded stack …"))

        def begin(line: "EmbeddedLine") -> "Callable[[CallEvent], None]":
            status.stop()
            return Story(console, scenario, line).tell

        call = await simulate_call(
            scenario, live=live, wav=wav, listeners=listeners, progress=status.update, begin=begin
        )
        summary(console, call.record, call.report, scenario, wav)
        return call.record.as_dict() | {"caller_report": call.report.as_dict()}
