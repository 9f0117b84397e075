"""The telephone line of a call in a LiveKit room: LiveKit's SIP service brings the caller in as a participant."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import structlog
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.agents.voice import io
from livekit.agents.voice.room_io import AudioInputOptions, AudioOutputOptions, RoomIO, RoomOptions
from livekit.agents.voice.transcription import TranscriptSynchronizer

from agent.lines.consultation import Hold, RoomConsultation, left_alone
from agent.lines.line import LEFT_QUIETLY, Consultation, Ending, Exchange
from shared.domain.telephony.rooms import call_id_of
from shared.errors import SwitchboardError
from shared.observe import report
from shared.ports import Dialler, Switchboard
from shared.tasks import first

log = structlog.get_logger(__name__)

RATE = 16_000
FRAME_MS = 20
CONNECT_SECONDS = 10.0
"""From publishing our track to the connected call; the ringing ends sooner."""
RETURN_SECONDS = 12.0
"""How long a caller whose connection broke may take to come back: after a restart of LiveKit's server it is 4 s."""
LET_GO_SECONDS = 3.0
"""How long a transferred leg may stay: the SIP service hangs up a second after the transferee has answered."""
PLAYOUT_SECONDS = 3.0
LEAVE_SECONDS = 8.0
"""The longest wait for a pause in which to leave the call to another agent."""
PAUSE_SECONDS = 0.6
TAIL_SECONDS = 0.2
"""Extra wait for network and jitter-buffer delay after local playout."""

STATUS = "sip.callStatus"
"""The participant attribute in which LiveKit's SIP service keeps the state of the call."""
ACTIVE = "active"

_NOBODY = "nobody"
_Party = Literal["caller", "agent", "system"]
_ENDINGS: dict[int, tuple[_Party, str]] = {
    rtc.DisconnectReason.CLIENT_INITIATED: ("caller", "caller_hung_up"),
    rtc.DisconnectReason.USER_UNAVAILABLE: ("system", "caller_unavailable"),
    rtc.DisconnectReason.USER_REJECTED: ("caller", "caller_rejected"),
    rtc.DisconnectReason.PARTICIPANT_REMOVED: ("system", "caller_removed"),
    rtc.DisconnectReason.ROOM_DELETED: ("system", "room_deleted"),
    rtc.DisconnectReason.ROOM_CLOSED: ("system", "room_closed"),
    rtc.DisconnectReason.SIP_TRUNK_FAILURE: ("system", "trunk_failed"),
    rtc.DisconnectReason.CONNECTION_TIMEOUT: ("system", "line_lost"),
    rtc.DisconnectReason.MEDIA_FAILURE: ("system", "media_lost"),
}
"""Who ended the leg and how. After any other reason the caller may come back: the line waits."""


class RoomLine:
    """The leg of `caller` in the connected `room`. Made within a job; `aclose` ends what is left of it.

    Publishing a track is what makes the SIP service answer, so nothing is published before `answer`.
    """

    def __init__(
        self,
        room: rtc.Room,
        caller: rtc.RemoteParticipant,
        switchboard: Switchboard,
        dialler: Dialler | None = None,
        *,
        ringing_at: datetime,
        call_id: str | None = None,
        synthetic: bool = False,
        unsigned: bool = False,
    ) -> None:
        self.room_id = call_id_of(room.name)
        self.call_id = call_id or self.room_id
        self.synthetic = synthetic
        self.unsigned = unsigned
        self.did_raw = caller.attributes.get("sip.trunkPhoneNumber", "")
        self.caller_raw = caller.attributes.get("sip.phoneNumber") or None
        self.ringing_at = ringing_at
        self._room = room
        self._identity = caller.identity
        self._switchboard = switchboard
        self._dialler = dialler
        self._hold: Hold | None = None
        self._ending: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._active = asyncio.Event()
        self._digits: asyncio.Queue[str | None] = asyncio.Queue()
        self._waiting: asyncio.TimerHandle | None = None
        self._audio: RoomIO | None = None
        self._session: AgentSession[Any] | None = None
        self.handed_over = False
        """Whether it has left the call to another agent, who is still to come."""
        self._closing = AsyncExitStack()
        self._spoke = self._deleted = self._transferring = False
        self._left = asyncio.Event()
        self._leaving: tuple[_Party, str] | None = None
        """How the leg ended while it was being transferred."""
        self._listeners: dict[Any, Callable[..., None]] = {
            "participant_connected": self._on_joined,
            "participant_disconnected": self._on_left,
            "participant_attributes_changed": self._on_changed,
            "sip_dtmf_received": self._on_digit,
            "disconnected": self._on_disconnected,
        }
        for event, listener in self._listeners.items():
            room.on(event, listener)
        self._look()

    def attach(self, session: AgentSession[Any]) -> None:
        self._session = session
        # linked to no participant, it makes the session's audio and publishes nothing
        self._audio = audio = RoomIO(
            session,
            self._room,
            participant=_NOBODY,
            options=RoomOptions(
                audio_input=AudioInputOptions(
                    sample_rate=RATE, frame_size_ms=FRAME_MS, auto_gain_control=False, pre_connect_audio=False
                ),
                audio_output=AudioOutputOptions(track_name="agent"),
                text_input=False,
                text_output=False,
                close_on_disconnect=False,
            ),
        )
        _at_once(audio.start())
        assert audio.audio_output is not None
        # between session and line, so that an interrupted utterance in the transcript ends where its playout stopped
        in_step = TranscriptSynchronizer(next_in_chain_audio=audio.audio_output, next_in_chain_text=None)
        session.output.audio, session.output.transcription = in_step.audio_output, in_step.text_output
        for closer in (audio.aclose, in_step.aclose):
            self._closing.push_async_callback(closer)

    async def answer(self, session: AgentSession[Any], agent: Agent) -> bool:
        if self._audio is None:
            self.attach(session)
        assert self._audio is not None
        if not self._ending.done():
            self._audio.set_participant(self._identity)
        await session.start(agent, record=False)
        await self._unless_ended(self._active.wait(), CONNECT_SECONDS)
        self._spoke = self._active.is_set() and not self._ending.done()
        if not self._spoke:
            self._end("system", "not_connected")
        return self._spoke

    async def reject(self, sip_code: int) -> None:
        """The SIP service answers 486 whatever the code, as soon as the room is gone."""
        if self._end("system", "rejected", sip_code):
            await self._delete()

    async def hang_up(self, reason: str) -> None:
        if self._ending.done():
            return
        await self._played_out()
        if self._end("agent", reason):
            await self._delete()

    @property
    def exchange(self) -> Exchange | None:
        return self if self._dialler is not None and self._dialler.available else None

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        async with Hold(self._room, self._identity) as self._hold:
            yield

    @asynccontextmanager
    async def consult(self, to: str, ring_seconds: float) -> AsyncIterator[Consultation]:
        assert self._hold is not None, "the caller isn't on hold"
        assert self._dialler is not None, "this line dials nobody"
        consultation = RoomConsultation(
            self._hold, self._dialler, to, caller_id=self.did_raw, ring_seconds=ring_seconds
        )
        async with consultation:
            yield consultation

    async def left_alone(self, *, drop: bool) -> None:
        assert self._dialler is not None, "this line dials nobody"
        await left_alone(self._room, self._dialler, drop=drop)

    async def transfer(self, to: str) -> None:
        """Raises `SwitchboardError` unless `to` answered: the leg goes on, or its caller has hung up meanwhile.

        A leg that leaves meanwhile looks alike in both cases, so its end is settled by the outcome.
        """
        await self._played_out()
        self._transferring = True
        try:
            done = await self._switchboard.transfer(self._room.name, self._identity, to)
            if not done:
                await first(left=self._left.wait(), late=asyncio.sleep(LET_GO_SECONDS))
            if not done and not self._left.is_set():
                raise SwitchboardError("the transfer's outcome isn't reported, and the leg hasn't ended")
            self._end("agent", "transferred")
        finally:
            self._transferring = False
            if self._leaving is not None:
                self._end(*self._leaving)

    async def digits(self) -> AsyncIterator[str]:
        while (digit := await self._digits.get()) is not None:
            yield digit
        self._digits.put_nowait(None)

    async def ended(self) -> Ending:
        return await asyncio.shield(self._ending)

    def give_up(self) -> None:
        """Another agent speaks for this call: end the line here, and leave the room and the record to that agent."""
        self._end("system", "taken_over", taken_over=True)

    def hand_over(self, *, quietly: bool = False) -> bool:
        self.handed_over = self._end("system", LEFT_QUIETLY if quietly else "handed_over", taken_over=True)
        return self.handed_over

    async def leave(self, within: float = LEAVE_SECONDS) -> None:
        """`hand_over` at a moment at which nobody speaks, or when the time for it is over."""
        session, loop = self._session, asyncio.get_running_loop()
        if session is None or not self._spoke:
            # it rings: the successor answers
            self.hand_over()
            return
        deadline, quiet_since = loop.time() + within, None
        while loop.time() < deadline and not self._ending.done():
            still = session.agent_state == "listening" and session.user_state != "speaking"
            quiet_since = (quiet_since or loop.time()) if still and session.current_speech is None else None
            if quiet_since is not None and loop.time() - quiet_since >= PAUSE_SECONDS:
                self.hand_over(quietly=True)
                return
            await asyncio.sleep(0.05)
        self.hand_over()

    @property
    def lost(self) -> bool:
        """Whether the room is disconnected, and not by us."""
        return not self._deleted and not self._room.isconnected()

    async def aclose(self) -> None:
        """After the session's end. Ends the leg if it hasn't ended, and the room with it."""
        self._end("system", "line_closed")
        for event, listener in self._listeners.items():
            self._room.off(event, listener)
        try:
            await self._closing.aclose()
        finally:
            if not self._ending.result().taken_over:
                await self._delete()

    def _look(self) -> None:
        """Read the caller's state from the room."""
        caller = self._room.remote_participants.get(self._identity)
        if caller is None:
            self._wait_for_return()
        elif caller.attributes.get(STATUS, ACTIVE) == ACTIVE:
            # a participant without the attribute isn't ringing
            self._active.set()

    def _on_joined(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._identity:
            if self._waiting is not None:
                log.info("caller is back", action="line")
                self._waiting.cancel()
                self._waiting = None
            self._look()

    def _on_left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity != self._identity:
            return
        if ending := _ENDINGS.get(participant.disconnect_reason or 0):
            self._left.set()
            if self._transferring:
                self._leaving = ending
            else:
                self._end(*ending)
        else:
            self._wait_for_return()

    def _on_changed(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        if participant.identity == self._identity and STATUS in changed:
            self._look()

    def _on_digit(self, pressed: rtc.SipDTMF) -> None:
        if pressed.participant is None or pressed.participant.identity == self._identity:
            self._digits.put_nowait(pressed.digit)

    def _on_disconnected(self, reason: int) -> None:
        # our own connection, for good
        by, why = _ENDINGS.get(reason, ("system", "line_lost"))
        self._end("system", "line_lost" if by == "caller" else why)

    def _wait_for_return(self) -> None:
        if self._waiting is None and not self._ending.done():
            log.warning("caller is away", action="line", seconds=RETURN_SECONDS)
            self._waiting = asyncio.get_running_loop().call_later(RETURN_SECONDS, self._end, "system", "line_lost")

    def _end(self, by: _Party, reason: str, sip_code: int | None = None, *, taken_over: bool = False) -> bool:
        """False when it had ended before: the first reason holds."""
        if self._ending.done():
            return False
        if self._waiting is not None:
            self._waiting.cancel()
        self._ending.set_result(Ending(by, reason, datetime.now(UTC), sip_code, taken_over))
        self._digits.put_nowait(None)
        return True

    async def _played_out(self) -> None:
        output = self._audio.audio_output if self._audio else None
        if self._spoke and output is not None:
            await self._unless_ended(_playout(output), PLAYOUT_SECONDS)

    async def _unless_ended(self, work: Coroutine[Any, Any, Any], seconds: float) -> None:
        """Waits for `work`, no longer than the leg lasts and no longer than `seconds`."""
        waiting = asyncio.create_task(work, name="on the line")
        try:
            await asyncio.wait({waiting, self._ending}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)

    async def _delete(self) -> None:
        if self._deleted:
            return
        try:
            await self._switchboard.end(self._room.name)
            self._deleted = True
        except SwitchboardError as error:
            # the caller gets silence now, until the watchdog ends the room that has no agent
            report(error, call_id=self.call_id, action="end_room")


async def _playout(output: io.AudioOutput) -> None:
    await output.wait_for_playout()
    await asyncio.sleep(TAIL_SECONDS)


def _at_once(work: Awaitable[None]) -> None:
    """Run a coroutine that awaits nothing, where the caller can't await."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration:
        return
    raise RuntimeError("it does wait: this version of livekit-agents needs another way to make a session's audio")
