"""A session's audio input and output on a line without a room; the output knows how much has really played."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from livekit import rtc
from livekit.agents.voice import io

from lab.base import sound
from lab.person.wire import AGENT_FRAME, AGENT_RATE, FRAME, RATE

_BUFFERED_SECONDS = 120.0
"""Of the agent's speech not yet played; with more, the speaker has to wait."""


class LineAudioInput(io.AudioInput):
    """The caller's sound, 20 ms frames of 16 kHz mono, silence included; ends with the leg.

    `frames`: s16le, each of 320 samples; None at the end.
    """

    def __init__(self, frames: asyncio.Queue[bytes | None]) -> None:
        super().__init__(label="Line")
        self._frames = frames

    async def __anext__(self) -> rtc.AudioFrame:
        pcm = await self._frames.get()
        if pcm is None:
            # for the next reader
            self._frames.put_nowait(None)
            raise StopAsyncIteration
        return rtc.AudioFrame(pcm, RATE, 1, FRAME)


@dataclass(eq=False)
class _Segment:
    """The speech between two flushes; all counts are samples at 24 kHz."""

    pieces: deque[sound.Samples] = field(default_factory=deque[sound.Samples])
    waiting: int = 0
    played: int = 0
    flushed: bool = False
    run_at: float | None = None
    """When the present stretch without a break began; None while nothing plays."""
    run_from: int = 0


class LineAudioOutput(io.AudioOutput):
    """Buffers the agent's speech, and gives it to the line frame by frame.

    A frame that the line has taken counts as played, except what `take_back` returns at an interruption.
    """

    def __init__(self) -> None:
        super().__init__(
            label="Line",
            capabilities=io.AudioOutputCapabilities(pause=True),
            sample_rate=AGENT_RATE,
        )
        self.silent = asyncio.Event()
        """Set while nothing is left to play or to finish."""
        self.silent.set()
        self.take_back: Callable[[], float] = lambda: 0.0
        """Takes back frames that haven't sounded yet; returns their seconds."""
        self._room = asyncio.Event()
        self._room.set()
        self._segments: deque[_Segment] = deque()
        self._capturing: _Segment | None = None
        self._paused = False
        self._closed = False

    @property
    def buffered_seconds(self) -> float:
        return sum(segment.waiting for segment in self._segments) / AGENT_RATE

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        # before it is counted: a capture that is cancelled here hasn't happened
        await self._room.wait()
        await super().capture_frame(frame)
        if self._capturing is None:
            self._capturing = _Segment()
            self._segments.append(self._capturing)
        if self._closed or self._capturing not in self._segments:
            return
        samples = sound.from_pcm(bytes(frame.data))
        self._capturing.pieces.append(samples)
        self._capturing.waiting += len(samples)
        self.silent.clear()
        if self.buffered_seconds > _BUFFERED_SECONDS:
            self._room.clear()

    def flush(self) -> None:
        super().flush()
        if self._capturing is not None:
            self._capturing.flushed = True
            self._capturing = None
        if self._closed:
            self.clear_buffer()

    def clear_buffer(self) -> None:
        if self._segments:
            unheard = round(self.take_back() * AGENT_RATE)
            self._segments[0].played = max(0, self._segments[0].played - unheard)
        while self._segments:
            self._finish(interrupted=True)
        self._settle()

    def pause(self) -> None:
        super().pause()
        self._paused = True
        if self._segments:
            self._end_run(self._segments[0])

    def resume(self) -> None:
        super().resume()
        self._paused = False

    def close(self) -> None:
        """The leg is gone: drops the buffer, and speech captured from now on ends at its flush, unplayed."""
        self._closed = True
        self.clear_buffer()

    def play(self) -> sound.Samples:
        """The next 20 ms; silence when there is no speech."""
        frame = self.take()
        return np.zeros(AGENT_FRAME, dtype=np.float32) if frame is None else frame

    def take(self) -> sound.Samples | None:
        """The next 20 ms of speech, its end filled with silence; None when there is no speech."""
        while self._segments and self._segments[0].flushed and not self._segments[0].waiting:
            self._finish(interrupted=False)
        frame = None
        if self._segments and not self._paused:
            frame = self._filled(self._segments[0])
        self._settle()
        return frame

    def _filled(self, segment: _Segment) -> sound.Samples | None:
        if not segment.waiting:
            self._end_run(segment)
            return None
        if segment.run_at is None:
            segment.run_at = time.time()
        if not segment.played:
            self.on_playback_started(created_at=segment.run_at)
        frame, filled = np.zeros(AGENT_FRAME, dtype=np.float32), 0
        while segment.pieces and filled < AGENT_FRAME:
            piece = segment.pieces.popleft()
            taken = piece[: AGENT_FRAME - filled]
            frame[filled : filled + len(taken)] = taken
            filled += len(taken)
            if len(taken) < len(piece):
                segment.pieces.appendleft(piece[len(taken) :])
        segment.waiting -= filled
        segment.played += filled
        return frame

    def _finish(self, *, interrupted: bool) -> None:
        segment = self._segments.popleft()
        self._end_run(segment)
        self.on_playback_finished(playback_position=segment.played / AGENT_RATE, interrupted=interrupted)

    def _end_run(self, segment: _Segment) -> None:
        if segment.run_at is not None:
            self.on_playback_progressed(
                started_at=segment.run_at,
                offset=segment.run_from / AGENT_RATE,
                duration=(segment.played - segment.run_from) / AGENT_RATE,
            )
        segment.run_at, segment.run_from = None, segment.played

    def _settle(self) -> None:
        if self.buffered_seconds < _BUFFERED_SECONDS:
            self._room.set()
        if not self._segments:
            self.silent.set()
