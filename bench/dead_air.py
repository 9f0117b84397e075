"""`python -m bench.dead_air`: seconds of dead air that callers meet when a part of a call gives silence or nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from bench.runner import answered, console_of, own_ground
from lab.person.scenario import Scenario
from shared.domain.call import CallEvent
from shared.errors import StackError
from shared.process import interruptible

if TYPE_CHECKING:
    from lab.person.line import EmbeddedLine
    from lab.person.report import CallerReport
    from lab.person.wire import Wire
    from lab.providers.control import LabControl

CALLER = Scenario.model_validate(
    {
        "name": "dead_air",
        "description": "Refuses a recording, asks one question, and waits for what comes.",
        "steps": [{"say": "No thanks, I'd rather you didn't."}, {"say": "When are your services on Sundays?"}],
        "patience_seconds": 40,
        "linger_seconds": 14,
        "max_seconds": 100,
    }
)
ANSWER = "nine"
_KINDS = ("dead_air", "dead_air_over", "unheard", "provider_error", "provider_failed", "silence", "reply_empty")

Break = Callable[["LabControl", "EmbeddedLine", "Wire"], Awaitable[None]]


def provider(target: Any, kind: Any, times: int | None = 1) -> Break:
    async def broken(lab: "LabControl", line: "EmbeddedLine", wire: "Wire") -> None:
        await lab.fault(target, kind, times=times, seconds=30.0)

    return broken


async def no_frames(lab: "LabControl", line: "EmbeddedLine", wire: "Wire") -> None:
    """The caller's leg gives no frame any more: its track isn't subscribed."""
    line.audio_input._frames = asyncio.Queue()  # pyright: ignore[reportPrivateUsage]


async def stuck_playout(lab: "LabControl", line: "EmbeddedLine", wire: "Wire") -> None:
    """The agent's speech is captured and never played: its track's publisher is lost."""
    wire.agent_sound = lambda: np.zeros(480, np.float32)


CASES: dict[str, Break] = {
    "recogniser silent, once": provider("stt", "silent"),
    "recogniser silent for good": provider("stt", "silent", None),
    "recogniser without words, once": provider("stt", "blank"),
    "model silent, once": provider("llm", "silent"),
    "model gives blanks, once": provider("llm", "blank"),
    "model gives blanks for good": provider("llm", "blank", None),
    "voice without sound, once": provider("tts", "silent"),
    "voice in digital silence, once": provider("tts", "zeros"),
    "voice in digital silence for good": provider("tts", "zeros", None),
    "no audio from the caller's leg": no_frames,
    "our track carries nothing": stuck_playout,
}


@dataclass(frozen=True)
class Met:
    """What the caller met after the question; seconds."""

    case: str
    sound: float | None
    """Until the agent's first sound, a holding sentence included."""
    longest: float
    """The longest stretch in which nobody made a sound."""
    answer: float | None
    """Until the answer; None: never."""
    ended: str
    steps: tuple[str, ...]
    """What the agent did about it."""


def bench(
    case: Annotated[list[str], typer.Option(help="Of the table, by the beginning of its name; may be repeated.")] = [],  # noqa: B006
    json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON; progress goes to stderr.")] = False,
) -> None:
    """Measure dead air. Examples:  python -m bench.dead_air   |   python -m bench.dead_air --case voice"""
    console = console_of(json)
    chosen = {name: each for name, each in CASES.items() if not case or name.startswith(tuple(case))}
    try:
        found = asyncio.run(interruptible(_bench(console, chosen)))
    except StackError as error:
        raise SystemExit(f"no figures: {error}") from error
    if json:
        typer.echo(orjson.dumps([asdict(each) for each in found], option=orjson.OPT_INDENT_2))
    else:
        _show(console, found)


async def _bench(console: Console, chosen: dict[str, Break]) -> list[Met]:
    found: list[Met] = []
    async with own_ground("dead_air") as (services, engines, lab):
        for name, each in chosen.items():
            found.append(met := await _call(name, each, services, engines, lab))
            console.print(f"[dim]{name}: {met}[/]", highlight=False)
    return found


async def _call(name: str, broken: Break, services: Any, engines: Any, lab: "LabControl") -> Met:
    from lab.person.caller import SimulatedCaller
    from lab.person.line import EmbeddedLine
    from lab.person.wire import Wire
    from shared.config import changed

    events: list[CallEvent] = []
    async with Wire(CALLER.codec) as wire:
        line = EmbeddedLine(wire, did=CALLER.did, caller=CALLER.caller)
        utterances = 0

        async def announce(text: str, seconds: float) -> None:
            nonlocal utterances
            utterances += 1
            if utterances == len(CALLER.steps):
                await broken(lab, line, wire)
            await lab.expect([text] * 4, stream=line.call_id)

        own = replace(services, settings=changed(services.settings, deepgram_api_key=line.call_id))
        caller = SimulatedCaller(CALLER, wire, lab.say, announce=announce, hear=lab.hear)
        await caller.prepare()
        try:
            report = await answered(line, own, engines, events.append, caller.run())
        finally:
            await lab.clear()
            await lab.forget_expected()
    return _met(name, report, events)


def _met(name: str, report: "CallerReport", events: Sequence[CallEvent]) -> Met:
    silent_from = report.lines[-1].ended_ms / 1000
    sounds = [(start / 1000, end / 1000) for start, end in report.agent_spoke_ms if end / 1000 > silent_from]
    ends = [silent_from, *(end for _, end in sounds)]
    gaps = [start - end for (start, _), end in zip(sounds, ends, strict=False)]
    if not sounds:
        gaps.append(report.duration_seconds - silent_from)
    at = {each.kind: each.at.timestamp() for each in reversed(events)}
    zero = at["answered"] - at["ringing"]
    said = [each.fields for each in events if each.kind == "agent_said" and ANSWER in each.fields["text"].lower()]
    answer = next(
        (each["at_seconds"] - zero - silent_from for each in said if each["at_seconds"] > zero + silent_from), None
    )
    return Met(
        name,
        sounds[0][0] - silent_from if sounds else None,
        max(gaps, default=0.0),
        answer,
        f"{report.ended_by}: {report.end_reason}",
        tuple(_step(each) for each in events if each.kind in _KINDS),
    )


def _step(event: CallEvent) -> str:
    details = (event.fields.get(name) for name in ("cause", "rung", "provider", "how"))
    return " ".join([event.kind, *(str(each) for each in details if each)])


def _show(console: Console, found: Sequence[Met]) -> None:
    table = Table("case", "first sound s", "longest silence s", "answer s", "ended by", "steps", box=box.SIMPLE)
    for met in found:
        figures = ("–" if each is None else f"{each:.1f}" for each in (met.sound, met.longest, met.answer))
        table.add_row(met.case, *figures, met.ended, ", ".join(met.steps))
    console.print(table)


if __name__ == "__main__":
    typer.run(bench)
