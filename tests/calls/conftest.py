"""Whole calls: a simulated caller on a line, the agent on real audio, real stores, the lab's providers."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from pickup_world import lonely, own_dir, pickup
from speech_settings import settings, speed

from agent.speech.engines import Engines, connections, load_ear, open_engines
from bench.runner import answered
from lab.person.caller import CallerReport, SimulatedCaller
from lab.person.line import EmbeddedLine
from lab.person.scenario import Scenario, load_scenario
from lab.person.wire import Wire
from lab.providers.control import LabControl
from shared.config import changed, needed
from shared.domain.call import CallEvent
from shared.services import Services

__all__ = ["lonely", "own_dir", "pickup", "settings", "speed"]

_CALL_SECONDS = 300.0


@pytest.fixture(scope="session")
def ear() -> Any:
    return load_ear()


@dataclass
class Call:
    """A call that was placed: what the caller met, what the agent told."""

    call_id: str
    report: CallerReport
    events: list[CallEvent]

    def told(self, kind: str) -> list[CallEvent]:
        return [event for event in self.events if event.kind == kind]

    @property
    def story(self) -> str:
        """What happened, for the message of a failed assertion."""
        return "\n".join(f"{event.kind}: {event.fields}" for event in self.events)

    def agent_sound_at_the_end(self, seconds: float) -> bytes:
        """What the caller's ear heard last, 16 kHz mono."""
        with wave.open(io.BytesIO(self.report.wav)) as heard:
            both = np.frombuffer(heard.readframes(heard.getnframes()), np.int16).reshape(-1, 2)
            return both[-int(seconds * heard.getframerate()) :, 1].tobytes()

    @property
    def agent_words(self) -> str:
        return " ".join(e.fields["text"] for e in self.told("agent_said"))

    @property
    def caller_words(self) -> str:
        return " ".join(e.fields["text"] for e in self.told("caller_said"))


Hook = Callable[[CallEvent], Awaitable[None]]


@dataclass
class Telephone:
    """Places simulated calls to the services of a test."""

    services: Services
    lab: LabControl
    ear: Any
    hooks: dict[str, Hook] = field(default_factory=dict[str, Hook])
    wire: Wire | None = None
    """Of the latest call."""

    async def hang_up(self, _: CallEvent) -> None:
        """A hook: the caller hangs up, whatever its scenario has left."""
        assert self.wire
        self.wire.end("caller", "caller_hung_up")

    def when(self, kind: str, hook: Hook) -> None:
        """Run `hook` once, when the first event of that kind is told."""
        self.hooks[kind] = hook

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Engines]:
        async with connections(), open_engines(needed(self.services.settings.speech), self.ear) as engines:
            yield engines

    async def call(self, scenario: str | Scenario, *, announced: bool = False) -> Call:
        """`announced`: the lab takes the caller's words from here, in no time, rather than from the sound."""
        script = load_scenario(scenario) if isinstance(scenario, str) else scenario
        events: list[CallEvent] = []
        hooked: list[asyncio.Task[None]] = []

        def listen(event: CallEvent) -> None:
            events.append(event)
            if hook := self.hooks.pop(event.kind, None):
                hooked.append(asyncio.ensure_future(hook(event)))

        async with asyncio.timeout(_CALL_SECONDS), self._connected() as engines, Wire(script.codec) as wire:
            self.wire = wire
            line = EmbeddedLine(wire, did=script.did, caller=script.caller)

            async def announce(text: str, seconds: float) -> None:
                # each group of a number is an utterance of its own
                await self.lab.expect(text.split(" | "), stream=line.call_id)

            key = {"deepgram_api_key": line.call_id} if announced else {}
            services = replace(self.services, settings=changed(self.services.settings, **key))
            caller = SimulatedCaller(
                script, wire, self.lab.say, announce=announce if announced else None, hear=self.lab.hear
            )
            await caller.prepare()
            try:
                report = await answered(line, services, engines, listen, caller.run())
            finally:
                await asyncio.gather(*hooked)
        return Call(line.call_id, report, events)


@pytest.fixture
async def telephone(services: Services, lab: LabControl, ear: Any) -> Telephone:
    return Telephone(services, lab, ear)
