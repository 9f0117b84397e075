"""The simulated caller: speaks a scenario's sentences into a wire or a phone, and knows only what a phone knows."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from agent.lines.line import Ending
from lab.base import sound
from lab.person.ear import Ear
from lab.person.report import CallerReport, reported
from lab.person.scenario import COUGH, SOUNDS, TELEVISION, HangUp, Interrupt, Listen, Press, Say, Scenario, Silence
from lab.person.wire import FRAME, FRAME_SECONDS, RATE, Moment
from shared.tasks import first

Speech = Callable[[str, str], Awaitable[bytes]]
"""(text, voice) → s16le, 24 kHz, mono."""
Hear = Callable[[bytes], Awaitable[str]]
"""s16le, 16 kHz, mono → the words in it."""

_TELEVISION = "The council met on Tuesday to discuss the new bridge over the river."
_TELEVISION_GAIN = 10 ** (-25 / 20)
_USUAL_LEVEL = 2500.0
"""Level of a voice, for scaling the noise when the scenario has no speech."""
_KEY_SECONDS = 0.2
_INTERRUPTED_SECONDS = 0.1
_MONOLOGUE_SECONDS = 60.0
"""The longest that the caller lets the agent go on before it takes its turn."""


class CallersEnd(Protocol):
    """The caller's end of a line, such as `lab.person.wire.Wire`: mouth, ear and keypad."""

    mouth: "asyncio.Queue[sound.Samples]"
    ear: "asyncio.Queue[Moment | None]"
    room: sound.Noise | None
    answered: asyncio.Event
    answered_after_seconds: float | None
    index: int

    @property
    def ending(self) -> Ending | None: ...

    def press(self, digit: str) -> None: ...

    def end(self, by: Literal["caller", "agent", "system"], reason: str, sip_code: int | None = None) -> Any: ...

    async def ended(self) -> Ending: ...

    async def aclose(self) -> None: ...


class _LineDead(Exception):
    """The leg has ended, on either side."""


class SimulatedCaller:
    """Makes one call. `prepare` fetches all speech (`run` does so if it must); `run` goes through the call to its end.

    `announce` gets each sentence and its length in seconds just before the caller speaks it; `hear` recognises the
    agent's words for the scenario's `answers`; each of `listeners` gets every moment of the call.
    """

    def __init__(
        self,
        scenario: Scenario,
        wire: CallersEnd,
        speech: Speech,
        *,
        announce: Callable[[str, float], Awaitable[None]] | None = None,
        hear: Hear | None = None,
        listeners: Sequence[Callable[[Moment], None]] = (),
    ) -> None:
        self._scenario = scenario
        self._wire = wire
        self._speech = speech
        self._announce = announce
        self._hear = hear
        self._listeners = listeners
        self._lines: dict[str, list[sound.Samples]] = {}
        self._said: list[tuple[str, int]] = []
        """Each spoken sentence with the index of its first frame."""
        self._answers = {answer: answer.times for answer in scenario.answers}
        self._ear = Ear()
        self._prepared = False

    async def prepare(self) -> None:
        """Fetches all speech before the phone rings."""
        gap = np.zeros(round(self._scenario.gap_seconds * RATE), np.float32)
        for text in self._scenario.texts():
            pieces = [await self._spoken(piece) for piece in text.split(" | ")]
            spoken = np.concatenate([part for piece in pieces for part in (gap, piece)][1:])
            self._lines[text] = sound.frames_of(spoken, FRAME)
        self._wire.room = self._noise()
        self._prepared = True

    async def run(self) -> CallerReport:
        """Makes the call; returns when the leg has ended. A cancelled caller hangs up."""
        if not self._prepared:
            await self.prepare()
        try:
            if await self._picked_up():
                await self._live()
        finally:
            self._wire.end("caller", "caller_hung_up")
            await self._wire.aclose()
        return self._report()

    def write_wav(self, path: Path) -> None:
        """Writes both directions of the call so far, as in `CallerReport.wav`."""
        path.write_bytes(self._ear.wav)

    async def _picked_up(self) -> bool:
        step = self._scenario.steps[0] if self._scenario.steps else None
        patience = step.after_seconds if isinstance(step, HangUp) and step.when == "ringing" else math.inf
        await first(answered=self._wire.answered.wait(), ended=self._wire.ended(), late=asyncio.sleep(patience))
        return self._wire.answered.is_set()

    async def _live(self) -> None:
        try:
            for step in self._scenario.steps:
                await self._do(step)
            await self._stay_on()
        except _LineDead:
            pass

    async def _do(self, step: Say | Interrupt | Listen | Silence | Press | HangUp) -> None:
        match step:
            case Say(text=text):
                await self._turn()
                await self._speak(text)
            case Interrupt(say=text, after_seconds=seconds):
                await self._agent_begins(self._scenario.patience_seconds)
                await self._pass(seconds)
                await self._speak(text)
            case Listen(turns=turns):
                for _ in range(turns):
                    await self._turn()
                    self._ear.forget()
            case Silence(seconds=seconds):
                await self._pass(seconds)
            case Press(digits=digits):
                await self._turn()
                for digit in digits:
                    self._wire.press(digit)
                    await self._pass(_KEY_SECONDS)
                # what the agent said before is no answer to the keys
                self._ear.forget()
            case HangUp(when=when, after_seconds=seconds):
                if when == "agent_speaking":
                    await self._agent_begins(self._scenario.patience_seconds)
                await self._pass(seconds if when != "ringing" else 0.0)
                raise _LineDead

    async def _turn(self) -> None:
        """Waits until the agent has finished, and gives the scenario's `answers` to what it says."""
        while True:
            await self._agent_finishes()
            reply = await self._reply()
            if reply is None:
                return
            await self._speak(reply)

    async def _agent_begins(self, patience_seconds: float) -> bool:
        """Whether the agent has spoken since the caller did, or does within `patience_seconds`."""
        until = self._ear.seconds + patience_seconds
        while not self._ear.spoke:
            if self._ear.seconds >= until:
                return False
            await self._moment()
        return True

    async def _agent_finishes(self) -> None:
        if not await self._agent_begins(self._scenario.patience_seconds):
            return
        until = self._ear.seconds + _MONOLOGUE_SECONDS
        while self._ear.quiet_seconds < self._scenario.turn_quiet_seconds and self._ear.seconds < until:
            await self._moment()

    async def _reply(self) -> str | None:
        if self._hear is None or not self._answers or not self._ear.spoke:
            return None
        words = await self._hear(self._ear.turn)
        for answer, left in self._answers.items():
            if left and re.search(answer.heard, words, re.IGNORECASE):
                self._answers[answer] = left - 1
                return answer.say
        return None

    async def _speak(self, text: str) -> None:
        frames = self._lines[text]
        if self._announce is not None and text not in SOUNDS:
            await self._announce(text, len(frames) * FRAME_SECONDS)
        first = self._wire.index
        self._said.append((text, first))
        self._ear.forget()
        for frame in frames:
            while self._wire.mouth.full():
                await self._moment()
            self._wire.mouth.put_nowait(frame)
        while self._ear.next_index < first + len(frames):
            await self._moment()
        if self._ear.quiet_seconds > _INTERRUPTED_SECONDS:
            # the caller interrupted the agent: its words meanwhile are no answer
            self._ear.forget()

    async def _stay_on(self) -> None:
        """After the last step: waits for the agent to hang up; if it stays silent, the caller does."""
        while True:
            begun = await self._agent_begins(self._scenario.linger_seconds)
            if not begun:
                return
            await self._turn()
            self._ear.forget()

    async def _pass(self, seconds: float) -> None:
        until = self._ear.seconds + seconds
        while self._ear.seconds < until:
            await self._moment()

    async def _moment(self) -> None:
        moment = await self._wire.ear.get()
        if moment is None:
            raise _LineDead
        self._ear.take(moment)
        for listener in self._listeners:
            listener(moment)
        if self._ear.seconds > self._scenario.max_seconds:
            raise _LineDead

    async def _spoken(self, text: str) -> sound.Samples:
        if text == COUGH:
            return sound.cough(RATE)
        pcm = await self._speech(_TELEVISION if text == TELEVISION else text, self._scenario.voice)
        samples = sound.resample(sound.from_pcm(pcm), 24_000, RATE)
        speech = sound.hurried(sound.trimmed(samples, RATE), RATE, self._scenario.pause_seconds)
        return speech * np.float32(_TELEVISION_GAIN) if text == TELEVISION else speech

    def _noise(self) -> sound.Noise | None:
        spoken = [sound.voiced_level(frames) for text, frames in self._lines.items() if text not in SOUNDS]
        if self._scenario.noise_snr_db is None:
            return None
        voice = sum(spoken) / len(spoken) if spoken else _USUAL_LEVEL
        return sound.Noise(voice / 10 ** (self._scenario.noise_snr_db / 20))

    def _report(self) -> CallerReport:
        ending = self._wire.ending
        assert ending is not None
        spoken = [_placed(text, self._lines[text], first, self._ear.seconds * 1000) for text, first in self._said]
        return reported(spoken, self._ear, ending, self._wire.answered_after_seconds)


def _placed(text: str, frames: list[sound.Samples], first: int, end_of_call_ms: float) -> tuple[str, float, float]:
    """A sentence with the ms of its first and last voiced sound; its first frame went out at tick `first`."""
    span = sound.voiced_span(np.concatenate(frames), RATE) if frames else None
    # a frame that goes out at a tick was spoken in the 20 ms before it
    start, end = ((first - 1) * FRAME_SECONDS * 1000 + edge * 1000 / RATE for edge in span or (0, 0))
    return text, start, min(end, end_of_call_ms)
