"""A telephone in the test's own hand: dials over real SIP, speaks sentences, and knows the words that it hears."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import numpy as np

from lab.base import sound
from lab.providers.control import LabControl
from lab.sip.stack import NO_LOGIN, Leg, SipStack

EAR_RATE = 16_000
_LISTEN_AGAIN_SECONDS = 0.7
_LAST_SECONDS = 50
"""What was heard longer ago counts no more."""
_PAUSE_SECONDS = 0.8
"""Ends a stretch of speech, whose words stay as they were recognised then."""


class Telephone:
    """Dials any number of calls at `sip` (`host:port`). One of it a process."""

    def __init__(self, stack: SipStack, sip: str, lab: LabControl) -> None:
        self._stack = stack
        self.sip = sip
        self.lab = lab

    @asynccontextmanager
    async def call(
        self,
        did: str = "+12065550100",
        *,
        caller: str,
        headers: dict[str, str] | None = None,
        login: tuple[str, str] = NO_LOGIN,
    ) -> AsyncIterator["PhoneCall"]:
        """A call that rings; hung up at the end where it is still there. `headers`: more ones of its INVITE. `login`:
        user and password for the other side's challenge."""
        leg = await self._stack.dial(f"sip:{did}@{self.sip}", caller=caller, headers=headers, login=login)
        async with PhoneCall(leg, self.lab) as call:
            yield call


@asynccontextmanager
async def telephone(sip: str, lab: LabControl) -> AsyncIterator[Telephone]:
    async with SipStack() as stack:
        yield Telephone(stack, sip, lab)


class PhoneCall:
    """One call, as the person at the telephone knows it."""

    def __init__(self, leg: Leg, lab: LabControl) -> None:
        self.leg = leg
        self.began = time.monotonic()
        self.answered_at: float | None = None
        self._lab = lab
        self._heard: list[_Piece] = []
        """Since the last stretch of speech that ended."""
        self._stretches: list[tuple[float, str]] = []
        """Until when each that ended was heard, and its words."""
        self._first_voiced_at: float | None = None
        self._last_voiced_at: float | None = None
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._listen(), name="listening")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.hang_up()
        assert self._listening
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def answered(self, within: float = 12.0) -> None:
        """Fails the test when nobody picks up in time."""
        try:
            async with asyncio.timeout(within):
                await self.leg.connected.wait()
        except TimeoutError:
            raise AssertionError(f"nobody answered within {within:g} s: {self.leg.ending}") from None

    async def refused(self, within: float = 15.0) -> tuple[int | None, float]:
        """The SIP code that it was refused with, and after how many seconds."""
        async with asyncio.timeout(within):
            ending = await self.leg.ended()
        assert not self.leg.established.is_set(), "it was answered"
        return ending.sip_code, time.monotonic() - self.began

    async def say(self, text: str) -> None:
        """Returns when it is spoken."""
        pcm = await self._lab.say(text)
        samples = sound.trimmed(sound.resample(sound.from_pcm(pcm), 24_000, self.leg.rate), self.leg.rate)
        data = sound.to_pcm(samples)
        while data and not self.leg.ending:
            data = data[self.leg.speak(data) :]
            await asyncio.sleep(0.02)
        while self.leg.unspoken_seconds > 0.02 and not self.leg.ending:
            await asyncio.sleep(0.02)

    async def words(self) -> str:
        """All that was heard so far, as the lab's recogniser hears it. A stretch that a pause has ended is recognised
        once: the recogniser is the agent's too, and busy with the caller."""
        while ended := _end_of_stretch(self._heard):
            stretch, self._heard = self._heard[:ended], self._heard[ended:]
            self._stretches.append((stretch[-1].at, await self._recognised(stretch)))
        recent = [words for until, words in self._stretches if time.monotonic() - until < _LAST_SECONDS]
        return " ".join(filter(None, [*recent, await self._recognised(self._heard)]))

    async def _recognised(self, pieces: "list[_Piece]") -> str:
        if not any(piece.voiced for piece in pieces):
            return ""
        samples = np.concatenate([piece.samples for piece in pieces])[-_LAST_SECONDS * self.leg.rate :]
        heard = samples if self.leg.rate == EAR_RATE else sound.resample(samples, self.leg.rate, EAR_RATE)
        return await self._lab.hear(sound.to_pcm(heard), EAR_RATE)

    async def hears(self, pattern: str, within: float = 20.0) -> str:
        """The words up to now, once they match. Fails the test when they don't in time."""
        deadline = time.monotonic() + within
        while True:
            words = await self.words()
            if re.search(pattern, words, re.IGNORECASE):
                return words
            assert time.monotonic() < deadline, f"{pattern!r} not heard within {within:g} s, but: {words!r}"
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)

    async def begins(self, within: float = 12.0) -> None:
        """Until the agent speaks, after the answer or the last `forget`."""
        deadline = time.monotonic() + within
        while self._first_voiced_at is None:
            assert time.monotonic() < deadline, f"the agent was silent for {within:g} s"
            await asyncio.sleep(0.02)

    async def quiet(self, seconds: float = 1.0, within: float = 40.0) -> None:
        """Until the agent has said nothing for so long."""
        deadline = time.monotonic() + within
        while time.monotonic() - self.last_sound_at < seconds:
            assert time.monotonic() < deadline, f"the agent spoke on for {within:g} s"
            await asyncio.sleep(0.05)

    @property
    def first_sound_seconds(self) -> float:
        """From the 200 OK to the agent's first voiced sound. Infinite while there is none."""
        if self._first_voiced_at is None or self.answered_at is None:
            return float("inf")
        return self._first_voiced_at - self.answered_at

    @property
    def last_sound_at(self) -> float:
        """`time.monotonic()` of the agent's last voiced sound; the answer while there is none."""
        return self._last_voiced_at or self.answered_at or self.began

    def forget(self) -> None:
        """Only what comes from now on is heard."""
        self._heard, self._stretches = [], []
        self._first_voiced_at = self._last_voiced_at = None

    async def ended(self, within: float = 20.0) -> None:
        """Fails the test when the other side doesn't hang up in time."""
        try:
            async with asyncio.timeout(within):
                await self.leg.ended()
        except TimeoutError:
            raise AssertionError(f"nobody hung up within {within:g} s; heard: {await self.words()!r}") from None

    async def hang_up(self) -> None:
        await self.leg.hang_up()
        await self.leg.ended()

    async def _listen(self) -> None:
        await self.leg.connected.wait()
        self.answered_at = time.monotonic()
        async for audio in self.leg.audio():
            samples = sound.from_pcm(audio.pcm)
            piece = _Piece(audio.at, samples, voiced=bool(sound.voiced_span(samples, self.leg.rate)))
            self._heard.append(piece)
            if piece.voiced:
                self._first_voiced_at = self._first_voiced_at or piece.at
                self._last_voiced_at = piece.at


@dataclass(frozen=True)
class _Piece:
    """A frame of what was heard."""

    at: float
    """When it came, `time.monotonic()`."""
    samples: np.ndarray
    """At the leg's rate."""
    voiced: bool


def _end_of_stretch(pieces: list[_Piece]) -> int:
    """How many pieces go by until the first pause after speech is long enough to end it; 0 while none is."""
    voiced_at: float | None = None
    for place, piece in enumerate(pieces):
        if voiced_at is not None and piece.at - voiced_at >= _PAUSE_SECONDS:
            return place
        if piece.voiced:
            voiced_at = piece.at
    return 0
