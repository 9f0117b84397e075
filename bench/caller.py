"""The benchmark's caller: speaks on a clock of 20 ms, and measures latencies by the audio at its end of the line."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

import numpy as np

from bench.bare import Brief
from bench.link import AGENT_RATE, CALLER_RATE, Kind, Link
from bench.script import DID, Line, Script
from lab.base import sound
from lab.providers.control import LabControl
from shared.tasks import Tasks, cancelled

_FRAME = CALLER_RATE // 50
_FRAME_SECONDS = 0.02
_SILENCE = bytes(_FRAME * 2)
_ANSWER_SECONDS = 20.0
_REPLY_SECONDS = 6.0
_PAUSE_SECONDS = 0.3
"""How long the agent is quiet before the caller takes its turn."""
_INTO_GREETING_SECONDS = 0.3
_END_SECONDS = 15.0
_STREAM_SECONDS = 5.0
_PHASES = 8
"""Frames (160 ms) after which the windows of a voice-activity detector (32 ms) and our frames align again."""


class CallFailed(Exception):
    """The agent failed in a call, so the figures would mean nothing."""


class Caller:
    """One call, inside `async with in_call(…)`."""

    def __init__(self, link: Link, lab: LabControl, script: Script) -> None:
        self.answer_seconds = 0.0
        """From the ring to the agent's first voiced sound."""
        self.latencies: list[float] = []
        """Seconds from the caller's last voiced sound to the agent's first, for each turn."""
        self.lost_turns = 0
        self.stream = ""
        """Id of the recogniser's stream, for announcing the caller's utterances to it."""
        self._link = link
        self._lab = lab
        self._script = script
        self._rang_at = time.monotonic()
        self._answered = asyncio.Event()
        self._mouth: list[bytes] = []
        self._frames = 0
        self._ticked = asyncio.Event()
        """Set with each frame sent."""
        self._last_frame_at = 0.0
        self._agent_plays_until = 0.0
        self._agent_voiced_at: float | None = None
        self._listening = asyncio.Event()
        """Set when the agent has spoken."""
        link.receive = self._receive

    async def ring(self, brief: Brief, caller: str) -> None:
        self._rang_at = time.monotonic()
        ring = {"call_id": str(uuid.uuid4()), "did": DID, "caller": caller, "brief": asdict(brief)}
        self._link.tell(Kind.RING, ring)
        await self._within(_ANSWER_SECONDS, self._answered.wait(), "the call wasn't answered")

    async def speak_forever(self) -> None:
        """The line's clock: sends a frame each 20 ms, silence when the caller doesn't speak."""
        start = time.monotonic()
        while True:
            await asyncio.sleep(max(0.0, start + self._frames * _FRAME_SECONDS - time.monotonic()))
            self._link.send(Kind.SOUND, self._mouth.pop(0) if self._mouth else _SILENCE)
            self._last_frame_at = time.monotonic()
            self._frames += 1
            self._ticked.set()

    async def open(self) -> None:
        """Waits for the greeting to begin, and interrupts it."""
        await self._within(_ANSWER_SECONDS, self._listening.wait(), "the agent didn't greet")
        assert self._agent_voiced_at is not None
        self.answer_seconds = self._agent_voiced_at - self._rang_at
        await asyncio.sleep(_INTO_GREETING_SECONDS)
        await self._exchange(self._script.opening)

    async def ask(self, turn: int) -> None:
        """One turn. It begins on a fixed phase of the grid, so that both sides meet the detector's windows alike."""
        await self._agent_finished()
        latency = await self._exchange(self._script.question(turn), turn % _PHASES)
        if latency is None:
            self.lost_turns += 1
        else:
            self.latencies.append(latency)

    async def _exchange(self, line: Line, phase: int | None = None) -> float | None:
        """Seconds until the reply; None when none came, or the agent spoke before the caller had finished."""
        length = len(line.samples) / CALLER_RATE
        await self._lab.expect([line.text], seconds=[length], stream=self.stream)
        while phase is not None and self._frames % _PHASES != phase:
            await self._next_frame()
        voiced_until = await self._say(line)
        self._agent_voiced_at = None
        self._listening.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._listening.wait(), _REPLY_SECONDS)
        voiced_at: float | None = self._agent_voiced_at
        return None if voiced_at is None else voiced_at - voiced_until

    async def _say(self, line: Line) -> float:
        """Speaks a line; returns when its last voiced sound went out, by time.monotonic()."""
        span = sound.voiced_span(line.samples, CALLER_RATE)
        assert span is not None
        last = (span[1] - 1) // _FRAME
        frames = sound.frames_of(line.samples, _FRAME)
        self._mouth = [sound.to_pcm(frame) for frame in frames]
        left_after = len(frames) - 1 - last
        while len(self._mouth) > left_after:
            await self._next_frame()
        # the frame just sent holds the sound of the 20 ms before
        return self._last_frame_at - ((last + 1) * _FRAME - span[1]) / CALLER_RATE

    async def _agent_finished(self) -> None:
        while time.monotonic() < self._agent_plays_until + _PAUSE_SECONDS:
            await self._next_frame()

    async def _next_frame(self) -> None:
        self._ticked.clear()
        await self._ticked.wait()

    def _receive(self, kind: Kind, content: bytes, at: float) -> None:
        if kind is Kind.SOUND:
            plays_at = max(at, self._agent_plays_until)
            if self._agent_voiced_at is None:
                self._listen(content, plays_at)
            self._agent_plays_until = plays_at + len(content) / 2 / AGENT_RATE
        elif kind is Kind.CLEAR:
            self._agent_plays_until = at
        elif kind is Kind.ANSWERED:
            self._answered.set()

    def _listen(self, content: bytes, plays_at: float) -> None:
        samples = np.frombuffer(content, dtype="<i2").astype(np.float32) / np.float32(32768)
        if span := sound.voiced_span(samples, AGENT_RATE):
            self._agent_voiced_at = plays_at + span[0] / AGENT_RATE
            self._listening.set()

    async def _within(self, seconds: float, work: Coroutine[Any, Any, object], complaint: str) -> None:
        done = asyncio.create_task(work)
        try:
            await asyncio.wait({done, self._link.closed}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not done.done():
                raise CallFailed(f"{complaint} within {seconds:g} s")
        finally:
            await cancelled(done)


_ringing = asyncio.Lock()
"""One call begins at a time, as a new recogniser stream can't be matched to its call otherwise."""


@asynccontextmanager
async def in_call(port: int, lab: LabControl, script: Script, brief: Brief, caller: str) -> AsyncIterator[Caller]:
    """Yields a call past its opening; hangs up at the end, and waits until the agent's process has ended it."""
    _, link = await asyncio.get_running_loop().create_connection(Link, "127.0.0.1", port)
    one = Caller(link, lab, script)
    tasks = Tasks()
    try:
        async with _ringing:
            others = {stream["id"] for stream in await lab.streams()}
            await one.ring(brief, caller)
            tasks.start("mouth of the caller", one.speak_forever)
            one.stream = await _new_stream(lab, others)
        await one.open()
        yield one
    finally:
        link.tell(Kind.ENDED, {"by": "caller", "reason": "caller_hung_up"})
        await tasks.aclose()
        await asyncio.wait({link.closed}, timeout=_END_SECONDS)
        link.close()


async def _new_stream(lab: LabControl, others: set[str]) -> str:
    until = time.monotonic() + _STREAM_SECONDS
    while time.monotonic() < until:
        for stream in await lab.streams():
            if stream["id"] not in others:
                return stream["id"]
        await asyncio.sleep(0.02)
    raise CallFailed("the agent listens to no recogniser")
