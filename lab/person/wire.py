"""The wire between the simulated caller and the agent: both directions on one clock of 20 ms ticks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np

from agent.lines.line import Ending
from lab.base import sound
from shared.tasks import Tasks

RATE = 16_000
"""Hz of the sound that either side receives."""
FRAME = 320
FRAME_SECONDS = 0.02
AGENT_RATE = 24_000
"""Hz of the agent's speech."""
AGENT_FRAME = 480

Codec = Literal["wideband", "g711"]

_BUFFERED_FRAMES = 1500
"""30 s; a reader that falls further behind loses frames."""
_SILENCE = np.zeros(FRAME, dtype=np.float32)


@dataclass(frozen=True)
class Moment:
    """20 ms of a connected call at the caller's end.

    The caller spoke `said` in the 20 ms before `index` × 20 ms after the answer; `played` sounds in the 20 ms after it.
    """

    index: int
    said: bytes
    """s16le, 16 kHz: the sound that went to the agent, with the room's noise and the codec."""
    played: bytes
    """s16le, 16 kHz: the agent's sound in the caller's ear."""


class Wire:
    """One leg: rings when made, carries sound from `connect` to `end`. The side that dialled closes it.

    The caller puts frames of 320 samples into `mouth` and takes moments from `ear`; the agent's side takes frames
    from `to_agent`, and `agent_sound` returns its speech. All queues are bounded; a late reader loses the oldest
    frames. After the end `ear`, `to_agent` and `digits` give None. `tick_seconds` may differ only where both ends live
    by the ticks; a real session lives by the clock.
    """

    def __init__(self, codec: Codec = "wideband", *, tick_seconds: float = FRAME_SECONDS) -> None:
        self._tick_seconds = tick_seconds
        self.mouth: asyncio.Queue[sound.Samples] = asyncio.Queue(_BUFFERED_FRAMES)
        self.ear: asyncio.Queue[Moment | None] = asyncio.Queue(_BUFFERED_FRAMES)
        self.to_agent: asyncio.Queue[bytes | None] = asyncio.Queue(_BUFFERED_FRAMES)
        self.digits: asyncio.Queue[str | None] = asyncio.Queue(64)
        self.room: sound.Noise | None = None
        """The noise around the caller."""
        self.agent_sound: Callable[[], sound.Samples] = _nothing
        """Returns the next 480 samples at 24 kHz."""
        self.agent_gone: Callable[[], None] = lambda: None
        """Called once at the end, before the queues give None."""
        self.closers: list[Callable[[], Awaitable[None]]] = []
        """Awaited when the wire closes: clean-up of this leg's own resources."""
        self.ringing_at = _now()
        self.answered = asyncio.Event()
        self.answered_after_seconds: float | None = None
        self.index = 0
        """The next tick's."""
        self.lost_frames = 0
        """Frames that a late reader has lost."""
        self._ringing = time.monotonic()
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._tasks = Tasks()
        self._ticking: asyncio.Task[None] | None = None
        self._out = sound.PhoneBand(RATE, RATE) if codec == "g711" else None
        self._in = sound.PhoneBand(AGENT_RATE, RATE) if codec == "g711" else sound.Resampler(AGENT_RATE, RATE)
        self._said, self._played = _SILENCE[:0], _SILENCE[:0]

    @property
    def ending(self) -> Ending | None:
        return self._ending.result() if self._ending.done() else None

    def connect(self) -> None:
        """Answers the call: sound flows from now on."""
        if self._ticking is not None or self._ending.done():
            return
        self.answered_after_seconds = time.monotonic() - self._ringing
        self._ticking = self._tasks.start("wire", self._tick)
        self._ticking.add_done_callback(self._on_stopped)
        self.answered.set()

    def end(self, by: Literal["caller", "agent", "system"], reason: str, sip_code: int | None = None) -> None:
        """Ends the leg. Idempotent: the first reason stands."""
        if self._ending.done():
            return
        self._ending.set_result(Ending(by=by, reason=reason, at=_now(), sip_code=sip_code))
        if self._ticking is not None:
            self._ticking.cancel()
        self.agent_gone()
        for queue in (self.ear, self.to_agent, self.digits):
            self._put(queue, None)

    def press(self, digit: str) -> None:
        """Presses a key of the caller's telephone: 0-9, *, #, A-D."""
        if not self._ending.done():
            self._put(self.digits, digit)

    async def ended(self) -> Ending:
        return await asyncio.shield(self._ending)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the leg if it hasn't ended. Raises the exception that made the ticking fail, if one did."""
        self.end("system", "line_closed")
        for close in self.closers:
            await close()
        self.closers.clear()
        await self._tasks.aclose()
        if self._ticking and not self._ticking.cancelled() and (failure := self._ticking.exception()):
            raise failure

    def _on_stopped(self, ticking: asyncio.Task[None]) -> None:
        if not ticking.cancelled():
            self.end("system", "line_failed")

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        start = loop.time()
        while True:
            # counted from the start, not from the last tick: lateness is made up for and nothing drifts
            await asyncio.sleep(max(0.0, start + self.index * self._tick_seconds - loop.time()))
            self.pass_frame()

    def pass_frame(self) -> None:
        """One tick: a frame each way."""
        said = _SILENCE if self.mouth.empty() else self.mouth.get_nowait()
        if self.room is not None:
            said = said + self.room.take(FRAME)
        if self._out is not None:
            self._said, said = _filled(self._said, self._out.push(said))
        self._played, played = _filled(self._played, self._in.push(self.agent_sound()))
        said_pcm = sound.to_pcm(said)
        self._put(self.to_agent, said_pcm)
        self._put(self.ear, Moment(self.index, said_pcm, sound.to_pcm(played)))
        self.index += 1

    def _put(self, queue: "asyncio.Queue[Any]", item: object) -> None:
        if queue.full():
            queue.get_nowait()
            self.lost_frames += 1
        queue.put_nowait(item)


def _filled(held: sound.Samples, more: sound.Samples) -> tuple[sound.Samples, sound.Samples]:
    """(rest, frame): cuts a frame from the samples; a converter's delay shows once, as silence before the first."""
    held = np.concatenate([held, more])
    if len(held) < FRAME:
        held = np.concatenate([np.zeros(FRAME - len(held), dtype=np.float32), held])
    return held[FRAME:], held[:FRAME]


def _nothing() -> sound.Samples:
    return np.zeros(AGENT_FRAME, dtype=np.float32)


def _now() -> datetime:
    # not datetime.now(), which can't be scaled
    return datetime.fromtimestamp(time.time(), UTC)
