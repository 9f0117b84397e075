"""`pickup call`: a whole simulated phone call on the embedded stack, watched as it happens and explained afterwards."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from shared.errors import InputError, StackError, StoreUnavailable

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
    record = asyncio.run(interruptible(_call(console, scenario, to, from_, live, wav, play)))
    if svg:
        console.save_svg(str(svg), title="pickup call")
    if json:
        typer.echo(orjson.dumps(record, default=str, option=orjson.OPT_INDENT_2))
    if record["end_reason"] == "error" and record["template"]:
        from agent.conversation.template_file import load_template

        # says what is wrong with it, if that was the error
        load_template(record["template"])
    if record["disposition"] is None:
        raise typer.Exit(1)


def _check_writable(kept: Path) -> None:
    """Before the call: afterwards there would be nothing left to keep."""
    if kept.is_dir() or not os.access(kept if kept.exists() else kept.absolute().parent, os.W_OK):
        raise InputError(f"{kept} can't be written; give a file in a folder that is there")


async def interruptible(work: Coroutine[Any, Any, Any]) -> Any:
    """Ctrl-C and SIGTERM end the call politely, once: it is recorded before we exit. The second time nothing waits."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)
        task.cancel()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    try:
        return await task
    except asyncio.CancelledError:
        raise typer.Exit(130) from None


async def _reached(asked: Awaitable[Any]) -> Any:
    import httpx

    try:
        return await asked
    except httpx.HTTPError as error:
        raise StackError(
            f"the emulated providers don't answer ({type(error).__name__}): see `pickup doctor`"
        ) from error


async def _call(
    console: Console,
    scenario_name: str,
    to: str | None,
    from_: str | None,
    live: bool,
    wav: Path | None,
    play: bool,
) -> dict[str, Any]:
    from lab.person.scenario import load_scenario
    from local_deploy.local import local

    scenario = load_scenario(scenario_name, did=to, caller=from_)
    async with contextlib.AsyncExitStack() as opened:
        listeners: list[Callable[[Any], None]] = []
        if play:
            from cli.loudspeaker import loudspeaker

            listeners.append(opened.enter_context(loudspeaker()).hear)
        status = opened.enter_context(console.status("starting the embedded stack …"))
        here = await opened.enter_async_context(local(live=live, progress=status.update))

        from agent.call import take_call
        from agent.speech.engines import connections, open_engines
        from cli.story import Story, summary
        from lab.person.caller import SimulatedCaller
        from lab.person.line import EmbeddedLine
        from lab.person.wire import Wire
        from lab.providers.control import LabControl

        await opened.enter_async_context(connections())
        lab = await opened.enter_async_context(LabControl(here.stack.providers_url))
        status.update("the caller finds their words …")
        await _reached(lab.ready())
        wire = await opened.enter_async_context(Wire(scenario.codec))
        line = EmbeddedLine(wire, did=scenario.did, caller=scenario.caller)
        caller = SimulatedCaller(scenario, wire, lab.say, hear=lab.hear, listeners=listeners)
        await _reached(caller.prepare())
        engines = await opened.enter_async_context(open_engines(here.settings))
        status.stop()
        story = Story(console, scenario, line)
        answering = asyncio.create_task(take_call(line, here.services, engines, listener=story.tell))
        calling = asyncio.create_task(caller.run())
        try:
            report = await _reached(asyncio.shield(calling))
            await answering
        finally:
            # the agent first, or an interrupted call looks as if the caller had hung up
            for task in (answering, calling):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if wav:
            caller.write_wav(wav)
        record = await here.services.records.find(line.call_id)
        if record is None:
            raise StoreUnavailable(f"the record of call {line.call_id} waits on disk; `pickup calls` delivers it")
        summary(console, record, report, scenario, wav)
        return asdict(record) | {"caller_report": report.as_dict()}
