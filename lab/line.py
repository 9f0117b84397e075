"""The embedded telephone line: the Protocol `Line` over a `Wire`, without a room and without SIP."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice import io
from livekit.agents.voice.transcription import TranscriptSynchronizer

from agent.line import Ending
from lab import sound
from lab.wire import AGENT_FRAME, AGENT_RATE, FRAME, RATE, Wire

_BUFFERED_SECONDS = 120.0
"""Of the agent's speech not yet played; beyond it the speaker has to wait."""
_PLAYOUT_GRACE_SECONDS = 2.0


class EmbeddedLine:
    """The agent's end of a wire. `did` and `caller` are the numbers as a carrier would give them."""

    def __init__(
        self, wire: Wire, *, did: str, caller: str | None, call_id: str | None = None, synthetic: bool = False
    ) -> None:
        self.call_id = call_id or str(uuid.uuid4())
        self.did_raw = did
        self.caller_raw = caller
        self.synthetic = synthetic
        self.transferred_to: str | None = None
        self.audio_input = LineAudioInput(wire)
        self.audio_output = LineAudioOutput()
        self._wire = wire
        wire.agent_sound = self.audio_output.play
        wire.agent_gone = self.audio_output.close

    @property
    def ringing_at(self) -> datetime:
        return self._wire.ringing_at

    def attach(self, session: AgentSession[Any]) -> None:
        # between session and line, so that an interrupted line of the transcript ends where the caller stopped hearing
        in_step = TranscriptSynchronizer(next_in_chain_audio=self.audio_output, next_in_chain_text=None)
        self._wire.closers.append(in_step.aclose)
        session.input.audio = self.audio_input
        session.output.audio = in_step.audio_output
        session.output.transcription = in_step.text_output

    async def answer(self, session: AgentSession[Any], agent: Agent) -> bool:
        if session.output.audio is None:
            self.attach(session)
        self._wire.connect()
        await session.start(agent, record=False)
        return self._wire.answered.is_set()

    async def reject(self, sip_code: int) -> None:
        self._wire.end("system", "rejected", sip_code)

    async def hang_up(self, reason: str) -> None:
        await self._played_out()
        self._wire.end("agent", reason)

    async def transfer(self, to: str) -> None:
        """The lab has nobody to transfer to: the leg ends, and `transferred_to` tells where it would have gone."""
        await self._played_out()
        self.transferred_to = to
        self._wire.end("agent", "transferred")

    async def digits(self) -> AsyncIterator[str]:
        while (digit := await self._wire.digits.get()) is not None:
            yield digit
        self._wire.digits.put_nowait(None)

    async def ended(self) -> Ending:
        return await self._wire.ended()

    async def _played_out(self) -> None:
        """Until the caller has heard what is spoken, or can't any more; a paused speaker doesn't hold it."""
        bound = self.audio_output.buffered_seconds + _PLAYOUT_GRACE_SECONDS
        heard = asyncio.create_task(self.audio_output.silent.wait(), name="playout before hanging up")
        gone = asyncio.create_task(self._wire.ended(), name="end while playing out")
        try:
            await asyncio.wait([heard, gone], timeout=bound, return_when=asyncio.FIRST_COMPLETED)
        finally:
            heard.cancel()
            gone.cancel()
            await asyncio.gather(heard, gone, return_exceptions=True)


class LineAudioInput(io.AudioInput):
    """What the caller says, 20 ms frames of 16 kHz mono, silence included; ends with the leg."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(label="EmbeddedLine")
        self._wire = wire

    async def __anext__(self) -> rtc.AudioFrame:
        pcm = await self._wire.to_agent.get()
        if pcm is None:
            # for whoever asks again
            self._wire.to_agent.put_nowait(None)
            raise StopAsyncIteration
        return rtc.AudioFrame(pcm, RATE, 1, FRAME)


@dataclass(eq=False)
class _Segment:
    """What is captured between two flushes; all counts are samples at 24 kHz."""

    pieces: deque[sound.Samples] = field(default_factory=deque[sound.Samples])
    waiting: int = 0
    played: int = 0
    flushed: bool = False
    run_at: float | None = None
    """When the present stretch without a break began; None while nothing sounds."""
    run_from: int = 0


class LineAudioOutput(io.AudioOutput):
    """The agent's mouth: keeps what is spoken and gives it to the wire as its ticks ask for it.

    What a tick took counts as played: it can't be taken back.
    """

    def __init__(self) -> None:
        super().__init__(
            label="EmbeddedLine",
            capabilities=io.AudioOutputCapabilities(pause=True),
            sample_rate=AGENT_RATE,
        )
        self.silent = asyncio.Event()
        """Set while nothing is left to play, and nothing begun is unfinished."""
        self.silent.set()
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
        # before it is counted: a capture that is cancelled here has not happened
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
        """Nobody hears any more: what is captured from now on ends at its flush, unheard."""
        self._closed = True
        self.clear_buffer()

    def play(self) -> sound.Samples:
        """The next 20 ms, silence where there is nothing."""
        while self._segments and self._segments[0].flushed and not self._segments[0].waiting:
            self._finish(interrupted=False)
        frame = np.zeros(AGENT_FRAME, dtype=np.float32)
        if self._segments and not self._paused:
            self._fill(frame, self._segments[0])
        self._settle()
        return frame

    def _fill(self, frame: sound.Samples, segment: _Segment) -> None:
        if not segment.waiting:
            self._end_run(segment)
            return
        if segment.run_at is None:
            segment.run_at = time.time()
        if not segment.played:
            self.on_playback_started(created_at=segment.run_at)
        filled = 0
        while segment.pieces and filled < AGENT_FRAME:
            piece = segment.pieces.popleft()
            taken = piece[: AGENT_FRAME - filled]
            frame[filled : filled + len(taken)] = taken
            filled += len(taken)
            if len(taken) < len(piece):
                segment.pieces.appendleft(piece[len(taken) :])
        segment.waiting -= filled
        segment.played += filled

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
