"""The telephone line of a call as the agent uses it: a room of LiveKit, or the lab's line."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from livekit import rtc
from livekit.agents import Agent, AgentSession

LEFT_QUIETLY = "left_quietly"
"""Why a line ended that was handed over while nobody spoke."""


@dataclass(frozen=True)
class Ending:
    """Why a line ended."""

    by: Literal["caller", "agent", "system"]
    reason: str
    at: datetime
    sip_code: int | None = None
    taken_over: bool = False
    """Another agent speaks for the call now: the call goes on, and that agent writes its record."""


class Consultation(Protocol):
    """The leg of a person who is asked to take the call.

    Until `connect` they and the caller hear nothing of each other. Several tasks may await `ended`.
    """

    async def answered(self) -> None:
        """Dials, once, and waits for the answer. Raises `NotAnswered`, `SwitchboardError`."""
        ...

    async def tell(self, text: str, audio: AsyncIterator[rtc.AudioFrame]) -> None:
        """Play this to the person alone; returns when it has played out."""
        ...

    def digits(self) -> AsyncIterator[str]:
        """The person's keys, one at a time; ends with the leg. For one reader."""
        ...

    async def connect(self) -> None:
        """The music ends, and the two hear each other. Raises `SwitchboardError`."""
        ...

    async def ended(self) -> None:
        """Waits until the person's leg has ended, whoever ended it."""
        ...


class Exchange(Protocol):
    """Calls people for the caller."""

    def hold(self) -> AbstractAsyncContextManager[None]:
        """The caller hears music inside of it, until a consultation connects them."""
        ...

    def consult(self, to: str, ring_seconds: float) -> AbstractAsyncContextManager[Consultation]:
        """A person's leg, while the caller holds; leaving it ends the leg."""
        ...

    async def left_alone(self, *, drop: bool) -> None:
        """Waits until no person is in the call whom an earlier agent of it has dialled; `drop` ends their legs."""
        ...

    async def transfer(self, to: str) -> None:
        """Connect the caller with `to` and let the leg go. Raises `PickupError` unless `to` answered."""
        ...


class Line(Protocol):
    """One leg to one caller. `answer` may be called once; `hang_up` any number of times, before or after the end."""

    @property
    def call_id(self) -> str: ...

    @property
    def room_id(self) -> str | None:
        """The call's id by the name of its room; None on a line without one."""
        ...

    @property
    def did_raw(self) -> str:
        """The dialled number, as it came."""
        ...

    @property
    def caller_raw(self) -> str | None:
        """The caller's number, as it came; None when it was withheld."""
        ...

    @property
    def ringing_at(self) -> datetime: ...

    @property
    def synthetic(self) -> bool:
        """A test call of our own: it neither counts against nor is stopped by a limit (PT-17)."""
        ...

    @property
    def unsigned(self) -> bool:
        """Whether it came past the carrier into a stage that takes no such calls."""
        ...

    def attach(self, session: AgentSession[Any]) -> None:
        """Give the session the line's audio, so that a recorder can be put around it before the answer."""
        ...

    async def answer(self, session: AgentSession[Any], agent: Agent) -> bool:
        """Connect the session's audio and start it: that is what picks up. Returns when the caller is connected.

        Attaches the line's audio where `attach` wasn't called before. False: the caller hung up before, nobody
        was connected; the session is started all the same and must be closed.
        """
        ...

    async def reject(self, sip_code: int) -> None:
        """End the ringing without an answer."""
        ...

    async def hang_up(self, reason: str) -> None:
        """Let the audio that is queued reach the caller (bounded), then end the leg."""
        ...

    @property
    def exchange(self) -> Exchange | None:
        """Calls people for the caller; None where nobody can be called."""
        ...

    async def transfer(self, to: str) -> None:
        """Connect the caller with `to` and let the leg go. Raises `PickupError` unless `to` answered."""
        ...

    def digits(self) -> AsyncIterator[str]:
        """DTMF as it comes, a character at a time; ends with the leg. For one reader.

        A press may come twice, where a gateway reports it both by RFC 4733 and by SIP INFO.
        """
        ...

    def hand_over(self, *, quietly: bool = False) -> bool:
        """End the line here and keep the leg, for another agent, which goes on from the saved conversation.

        `quietly`: nobody spoke, and nothing is owed, so that it needn't say that it is back. False where no other agent
        can come, or the line has ended.
        """
        ...

    async def ended(self) -> Ending:
        """Waits for the end of the leg, whoever ends it. Several tasks may await it."""
        ...
