"""The embedded telephone line: the Protocol `Line` over a `Wire`, with neither a room nor SIP."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from livekit.agents import Agent, AgentSession
from livekit.agents.voice.transcription import TranscriptSynchronizer

from agent.lines.line import Consultation, Ending
from lab.person.colleague import Colleague
from lab.person.mouth import LineAudioInput, LineAudioOutput
from lab.person.wire import Wire
from shared.tasks import first

__all__ = ["EmbeddedLine", "LabLine", "LineAudioInput", "LineAudioOutput"]

_PLAYOUT_GRACE_SECONDS = 2.0


class LabLine:
    """Base of lines without a room: the session's audio input and output. `closers` are awaited at the line's end.

    `did` and `caller` are the numbers as a carrier sends them; `frames` is the caller's sound.
    """

    def __init__(
        self,
        frames: asyncio.Queue[bytes | None],
        closers: list[Callable[[], Awaitable[None]]],
        *,
        did: str,
        caller: str | None,
        call_id: str | None,
        synthetic: bool,
    ) -> None:
        self.call_id = call_id or str(uuid.uuid4())
        self.did_raw = did
        self.caller_raw = caller
        self.room_id: str | None = None
        self.synthetic = synthetic
        self.unsigned = False
        self.audio_input = LineAudioInput(frames)
        self.audio_output = LineAudioOutput()
        self._closers = closers
        self.colleagues: dict[str, Colleague] = {}
        """Who is at which number, for the transfers of this call; nobody is anywhere else."""
        self.on_hold = False

    @property
    def exchange(self) -> "LabLine":
        return self

    async def left_alone(self, *, drop: bool) -> None:
        """An agent's colleagues on a lab's line go with it."""

    async def transfer(self, to: str) -> None:
        raise NotImplementedError

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        self.on_hold = True
        try:
            yield
        finally:
            self.on_hold = False

    @asynccontextmanager
    async def consult(self, to: str, ring_seconds: float) -> AsyncIterator[Consultation]:
        async with self.colleagues.get(to, Colleague(sip_code=404)).called(ring_seconds) as called:
            yield called

    def attach(self, session: AgentSession[Any]) -> None:
        # between session and line, so that an interrupted utterance ends in the transcript where the caller stopped it
        in_step = TranscriptSynchronizer(next_in_chain_audio=self.audio_output, next_in_chain_text=None)
        self._closers.append(in_step.aclose)
        session.input.audio = self.audio_input
        session.output.audio = in_step.audio_output
        session.output.transcription = in_step.text_output

    def hand_over(self, *, quietly: bool = False) -> bool:
        """A lab's line has one agent."""
        return False

    async def ended(self) -> Ending:
        raise NotImplementedError

    async def _played_out(self) -> None:
        """Waits until the agent's speech has played out or the leg has ended; a paused output doesn't hold it up."""
        bound = self.audio_output.buffered_seconds + _PLAYOUT_GRACE_SECONDS
        await first(played=self.audio_output.silent.wait(), gone=self.ended(), late=asyncio.sleep(bound))


class EmbeddedLine(LabLine):
    """The agent's end of a wire."""

    def __init__(
        self, wire: Wire, *, did: str, caller: str | None, call_id: str | None = None, synthetic: bool = False
    ) -> None:
        super().__init__(wire.to_agent, wire.closers, did=did, caller=caller, call_id=call_id, synthetic=synthetic)
        self.transferred_to: str | None = None
        self._wire = wire
        wire.agent_sound = self.audio_output.play
        wire.agent_gone = self.audio_output.close

    @property
    def ringing_at(self) -> datetime:
        return self._wire.ringing_at

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
        """Ends the leg, as the lab has nobody to transfer to; `transferred_to` keeps the target."""
        await self._played_out()
        self.transferred_to = to
        self._wire.end("agent", "transferred")

    async def digits(self) -> AsyncIterator[str]:
        while (digit := await self._wire.digits.get()) is not None:
            yield digit
        self._wire.digits.put_nowait(None)

    async def ended(self) -> Ending:
        return await self._wire.ended()
