"""The Protocol `Line` over a loopback socket: the same telephone for both sides of the comparison."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice import io

from agent.lines.line import Ending
from bench.link import AGENT_RATE, CALLER_RATE, Kind, Link


class SocketLine:
    """The agent's end of the line. `ring` is the content of the RING message: `{"call_id", "did", "caller"}`."""

    def __init__(self, link: Link, ring: dict[str, Any]) -> None:
        self.call_id: str = ring["call_id"]
        self.did_raw: str = ring["did"]
        self.caller_raw: str | None = ring["caller"]
        self.ringing_at = datetime.now(UTC)
        self.room_id: str | None = None
        self.synthetic = self.unsigned = False
        self.audio_input = SocketAudioInput()
        self.audio_output = SocketAudioOutput(link)
        self._link = link
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        link.receive = self._receive
        link.closed.add_done_callback(lambda _: self._end(_ending("caller", "connection_lost")))

    def attach(self, session: AgentSession[Any]) -> None:
        session.input.audio = self.audio_input
        session.output.audio = self.audio_output

    async def answer(self, session: AgentSession[Any], agent: Agent) -> bool:
        if session.output.audio is None:
            self.attach(session)
        connected = not self._ending.done()
        self._link.send(Kind.ANSWERED)
        await session.start(agent, record=False)
        return connected

    async def reject(self, sip_code: int) -> None:
        self._hang_up(Ending("system", "rejected", datetime.now(UTC), sip_code))

    @property
    def exchange(self) -> None:
        return None

    async def hang_up(self, reason: str) -> None:
        await asyncio.wait({self._ending}, timeout=self.audio_output.seconds_to_play)
        self._hang_up(_ending("agent", reason))

    async def transfer(self, to: str) -> None:
        await self.hang_up("transferred")

    async def digits(self) -> AsyncIterator[str]:
        """None: the benchmark's caller presses no keys."""
        await self.ended()
        for digit in "":
            yield digit

    def hand_over(self, *, quietly: bool = False) -> bool:
        """False: a benchmark's call has one agent."""
        return False

    async def ended(self) -> Ending:
        return await asyncio.shield(self._ending)

    def _receive(self, kind: Kind, content: bytes, at: float) -> None:
        del at
        if kind is Kind.SOUND:
            self.audio_input.push(content)
        elif kind is Kind.ENDED:
            self._end(_ending("caller", "caller_hung_up"))

    def _hang_up(self, ending: Ending) -> None:
        if not self._ending.done():
            self._link.tell(Kind.ENDED, {"by": ending.by, "reason": ending.reason})
        self._end(ending)

    def _end(self, ending: Ending) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)
            self.audio_input.end()
            self.audio_output.clear_buffer()


class SocketAudioInput(io.AudioInput):
    """The caller's sound, 20 ms frames of 16 kHz mono, silence included; ends with the call."""

    def __init__(self) -> None:
        super().__init__(label="SocketLine")
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()

    def push(self, pcm: bytes) -> None:
        self._frames.put_nowait(pcm)

    def end(self) -> None:
        self._frames.put_nowait(None)

    async def __anext__(self) -> rtc.AudioFrame:
        pcm = await self._frames.get()
        if pcm is None:
            # for the next reader
            self._frames.put_nowait(None)
            raise StopAsyncIteration
        return rtc.AudioFrame(pcm, CALLER_RATE, 1, len(pcm) // 2)


@dataclass(eq=False)
class _Segment:
    """The speech between two flushes; loop times and seconds."""

    begins: float
    seconds: float = 0.0
    finish: asyncio.TimerHandle | None = None
    over: bool = False


class SocketAudioOutput(io.AudioOutput):
    """Sends speech at once and leaves playing to the caller's end, so that no tick rounds a latency."""

    def __init__(self, link: Link) -> None:
        super().__init__(
            label="SocketLine", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=AGENT_RATE
        )
        self._link = link
        self._loop = asyncio.get_running_loop()
        self._plays_until = 0.0
        self._segments: list[_Segment] = []
        self._capturing: _Segment | None = None

    @property
    def seconds_to_play(self) -> float:
        return max(0.0, self._plays_until - self._loop.time())

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        begins = max(self._loop.time(), self._plays_until)
        if self._capturing is None:
            self._capturing = _Segment(begins)
            self._segments.append(self._capturing)
            self.on_playback_started(created_at=time.time())
        if self._capturing.over:
            return
        self._link.send(Kind.SOUND, bytes(frame.data))
        self._capturing.seconds += frame.duration
        self._plays_until = begins + frame.duration

    def flush(self) -> None:
        super().flush()
        segment, self._capturing = self._capturing, None
        if segment is not None and not segment.over:
            segment.finish = self._loop.call_at(self._plays_until, self._finish, segment, False)

    def clear_buffer(self) -> None:
        for segment in list(self._segments):
            self._finish(segment, True)
        self._plays_until = 0.0
        self._link.send(Kind.CLEAR)

    def _finish(self, segment: _Segment, interrupted: bool) -> None:
        segment.over = True
        if segment.finish:
            segment.finish.cancel()
        self._segments.remove(segment)
        played = min(segment.seconds, max(0.0, self._loop.time() - segment.begins)) if interrupted else segment.seconds
        self.on_playback_finished(playback_position=played, interrupted=interrupted)


def _ending(by: Any, reason: str) -> Ending:
    return Ending(by, reason, datetime.now(UTC))
