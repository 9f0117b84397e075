"""The agent's telephone line over a bare SIP leg: the Protocol `Line` without a LiveKit server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from livekit.agents import Agent, AgentSession

from agent.lines.line import Ending
from lab.base import sound
from lab.person.line import LabLine
from lab.person.wire import AGENT_RATE, FRAME_SECONDS
from lab.sip.leg import Leg, LegEnd, SipError
from lab.sip.steady import steady
from shared.domain.telephony.numbers import is_withheld
from shared.tasks import Backoff, Tasks, first

_LEAD_SECONDS = 0.1
"""Audio queued ahead in the stack, so that a busy event loop causes no gap; dropped at an interruption."""
_SPEAK_SECONDS = 0.01
_SENT_SECONDS = 1.0
_BUFFERED_FRAMES = 1500
_RESTART = Backoff(first_seconds=0.02, longest_seconds=1.0)


class SipLine(LabLine):
    """An incoming leg. `async with` owns the tasks that carry its audio; the leg is answered once the session runs."""

    def __init__(self, leg: Leg, *, call_id: str | None = None, synthetic: bool = False) -> None:
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue(_BUFFERED_FRAMES)
        closers: list[Callable[[], Awaitable[None]]] = []
        caller = None if is_withheld(leg.caller) else leg.caller
        super().__init__(self._frames, closers, did=leg.dialled, caller=caller, call_id=call_id, synthetic=synthetic)
        self.audio_output.take_back = leg.hush
        self._leg = leg
        self._why: tuple[str, str] | None = None
        """The party and the reason, if our side ended the leg."""
        self._tasks = Tasks(call_id=self.call_id)

    @property
    def ringing_at(self) -> datetime:
        return self._leg.started_at

    async def __aenter__(self) -> Self:
        self._tasks.start("audio from the caller", self._receive, restart=_RESTART)
        self._tasks.start("audio to the caller", self._send, restart=_RESTART)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._why = self._why or ("system", "line_closed")
        try:
            await self._leg.hang_up()
        finally:
            await self._tasks.aclose()
            self._end_audio()
            for close in self._closers:
                await close()

    async def answer(self, session: AgentSession[Any], agent: Agent) -> bool:
        if session.output.audio is None:
            self.attach(session)
        await session.start(agent, record=False)
        return await self._leg.answer() and await self._confirmed()

    async def reject(self, sip_code: int) -> None:
        self._why = ("system", "rejected")
        await self._leg.refuse(sip_code)

    async def hang_up(self, reason: str) -> None:
        await self._all_sent()
        self._why = self._why or ("agent", reason)
        await self._leg.hang_up()

    async def transfer(self, to: str) -> None:
        """Ask the caller's phone to call `to` instead (REFER). Raises SipError if it doesn't; the call goes on then."""
        await self._all_sent()
        self._why = ("agent", "transferred")
        try:
            await self._leg.refer(to if ":" in to else f"sip:{to}@{self._leg.host}")
            if (end := self._leg.ending) is not None and end.reason != "transferred":
                raise SipError(f"the leg ended before it was transferred: {end.reason}")
        except BaseException:
            self._why = None
            raise

    def digits(self) -> AsyncIterator[str]:
        return self._leg.digits()

    async def ended(self) -> Ending:
        return self._ending(await self._leg.ended())

    def _ending(self, end: LegEnd) -> Ending:
        if end.by == "peer" and end.reason != "transferred":
            return Ending("caller", "caller_hung_up", end.at, end.sip_code)
        by, reason = (self._why if end.by != "system" else None) or ("system", end.reason)
        return Ending("agent" if by == "agent" else "system", reason, end.at, end.sip_code)

    async def _confirmed(self) -> bool:
        """Waits until the caller's phone confirms the answer (ACK); False if it never does."""
        # the stack ends a leg that isn't confirmed, so this ends too
        await first(connected=self._leg.connected.wait(), gone=self._leg.ended())
        return self._leg.connected.is_set()

    async def _all_sent(self) -> None:
        """Waits until all spoken audio is sent; bounded."""
        await self._played_out()
        until = asyncio.get_running_loop().time() + _SENT_SECONDS
        while self._leg.unspoken_seconds > 0 and self._leg.ending is None:
            if asyncio.get_running_loop().time() > until:
                return
            await asyncio.sleep(_SPEAK_SECONDS)
        # the packet that the stack is sending
        await asyncio.sleep(FRAME_SECONDS)

    async def _send(self) -> None:
        """Queues the agent's audio a little ahead in the stack, which sends silence when its queue is empty."""
        leg, output = self._leg, self.audio_output
        await leg.connected.wait()
        rate, resampler = leg.rate, sound.Resampler(AGENT_RATE, leg.rate)
        while leg.ending is None:
            if rate != leg.rate:
                rate, resampler = leg.rate, sound.Resampler(AGENT_RATE, leg.rate)
            while leg.unspoken_seconds < _LEAD_SECONDS and (frame := output.take()) is not None:
                leg.speak(sound.to_pcm(resampler.push(frame)))
            await asyncio.sleep(_SPEAK_SECONDS)

    async def _receive(self) -> None:
        """Gives the session the caller's audio until the leg ends. A failure doesn't end the input: it starts again."""
        if await self._confirmed():
            async for frame in steady(self._leg):
                self._put(frame)
        self._end_audio()

    def _end_audio(self) -> None:
        self._put(None)
        self.audio_output.close()

    def _put(self, frame: bytes | None) -> None:
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(frame)
