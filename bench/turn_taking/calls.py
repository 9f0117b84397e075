"""Places calls to one side, and says of each utterance of the caller what the agent made of it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.call import take_call
from agent.speech.engines import Engines, connections, open_engines
from bench import bare
from bench.agents import Side
from bench.bare import FASTEST
from bench.script import DID, OPENING, VOICE
from bench.stage import Stage
from bench.turn_taking.script import CYCLE, Kind
from lab.person.caller import CallerReport, SimulatedCaller
from lab.person.line import EmbeddedLine
from lab.person.report import SpokenLine
from lab.person.scenario import COUGH, Scenario
from lab.person.wire import Wire
from shared.config import changed, load_settings, needed
from shared.domain.call import CallEvent
from shared.observe import init_logs
from shared.services import Services
from shared.wiring import open_services

_CALL_SECONDS = 300.0
_INTO_GREETING_SECONDS = 0.3
"""A caller who interrupts the greeting isn't asked for consent."""
_INTO_ANSWER_SECONDS = 0.8
_STOPPED_MS = 600.0
_FIRST_CALLER = 200


@dataclass(frozen=True)
class Utterance:
    """What became of one utterance of the caller; times in ms."""

    kind: Kind
    latency_ms: float | None
    """From its last sound to the agent's next; None where none came before the next utterance."""
    yielded_ms: float | None
    """From its first sound until the agent stopped; None where the agent was quiet."""
    cut_in: bool
    """The agent began to speak while the caller dictated."""
    taken: bool
    """It became a turn of the caller, alone or with others; a cough stopped the agent."""


@dataclass(frozen=True)
class Sides:
    """Both sides in this process: `stage` for what they share, Pickup's services and engines."""

    stage: Stage
    services: Services
    engines: Engines

    async def block(self, side: Side, calls: int, kinds: tuple[Kind, ...] = CYCLE) -> list[Utterance]:
        """So many calls at once, each with these utterances. Raises an ExceptionGroup of TimeoutError when one doesn't
        end."""
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._call(side, number, kinds)) for number in range(calls)]
        return [utterance for call in running for utterance in call.result()]

    async def _call(self, side: Side, number: int, kinds: tuple[Kind, ...]) -> list[Utterance]:
        key, turns = f"{side}-{number}", list[str]()
        scenario = scenario_of(number, kinds)
        async with asyncio.timeout(_CALL_SECONDS), Wire() as wire:
            line = EmbeddedLine(wire, did=DID, caller=scenario.caller)

            async def announce(text: str, seconds: float) -> None:
                # each group of a number is an utterance of its own
                await self.stage.lab.expect(text.split(" | "), stream=key)

            caller = SimulatedCaller(scenario, wire, self.stage.lab.say, announce=announce)
            await caller.prepare()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._answered(side, line, key, turns.append))
                report = await caller.run()
        return judged(kinds, report, turns)

    def _answered(
        self, side: Side, line: EmbeddedLine, key: str, turn: Callable[[str], None]
    ) -> Coroutine[Any, Any, None]:
        if side == "pickup":

            def listen(event: CallEvent) -> None:
                if event.kind == "caller_said":
                    turn(event.fields["text"])

            settings = changed(self.services.settings, deepgram_api_key=key)
            return take_call(line, replace(self.services, settings=settings), self.engines, listener=listen)
        handling = FASTEST if side == "tuned" else self.stage.brief.turn_handling
        brief = replace(self.stage.brief, turn_handling=handling, api_key=key)
        return bare.take_call(line, brief, self.engines.ear, turn)


@asynccontextmanager
async def open_sides(stage: Stage, log: Path) -> AsyncIterator[Sides]:
    """Pickup's errors go to `log`."""
    overrides: dict[str, Any] = stage.settings | {"sentry_dsn": None}
    settings = load_settings(**overrides)
    async with AsyncExitStack() as closing:
        init_logs(settings, file=closing.enter_context(log.open("w")), as_json=True)
        services = await closing.enter_async_context(open_services(settings))
        await closing.enter_async_context(connections())
        engines = await closing.enter_async_context(open_engines(needed(settings.speech)))
        yield Sides(stage, services, engines)


def judged(kinds: tuple[Kind, ...], report: CallerReport, turns: list[str]) -> list[Utterance]:
    """`kinds`: of the utterances after the opening, in order; `turns`: the words of the caller's turns."""
    found: list[Utterance] = []
    for kind, line in zip(kinds, report.lines[1:], strict=False):
        inside = any(line.started_ms < start < line.ended_ms for start, _ in report.agent_spoke_ms)
        cut_in = inside and line.yielded_ms is None
        found.append(Utterance(kind, line.latency_ms, line.yielded_ms, cut_in, _taken(kind, line, report, turns)))
    return found


def _taken(kind: Kind, line: SpokenLine, report: CallerReport, turns: list[str]) -> bool:
    if kind.text == COUGH:
        return _stopped(line, report)
    words = kind.text.split(" | ")[0].lower().strip(".!? ")
    return any(words in turn.lower() for turn in turns)


def _stopped(line: SpokenLine, report: CallerReport) -> bool:
    """Whether the agent stopped soon after it began, for longer than between two of its own words."""
    if line.yielded_ms is None or line.yielded_ms > _STOPPED_MS:
        return False
    stopped = line.started_ms + line.yielded_ms
    return not any(stopped < start < stopped + _STOPPED_MS for start, _ in report.agent_spoke_ms)


def scenario_of(number: int, kinds: tuple[Kind, ...]) -> Scenario:
    """What caller `number` does."""
    steps: list[dict[str, Any]] = [{"interrupt": {"say": OPENING, "after_seconds": _INTO_GREETING_SECONDS}}]
    for kind in kinds:
        if kind.over_answer:
            steps.append({"interrupt": {"say": kind.text, "after_seconds": _INTO_ANSWER_SECONDS}})
        else:
            steps.append({"say": kind.text})
    return Scenario.model_validate(
        {
            "name": "turn_taking",
            "description": "Asks, listens aloud, interrupts and dictates.",
            "did": DID,
            "caller": f"+1206555{_FIRST_CALLER + number:04d}",
            "voice": VOICE,
            "patience_seconds": 5.0,
            "linger_seconds": 4.0,
            "steps": steps,
        }
    )
