"""The watchdog's decision about an open call: leave it, dispatch an agent, end it, or complete its record."""

import math
from dataclasses import dataclass

from shared.domain.accounts.room import Staff
from shared.domain.telephony.rooms import RINGING_SECONDS


@dataclass(frozen=True)
class Graces:
    """Grace periods in seconds: how long an oddity may last before the watchdog acts."""

    settle: float = 10.0
    """A younger call's room may not exist yet, or its end may be on its way."""
    kept: float = 15.0
    """After an outage of Postgres: what agents said of their calls waits in the spools, and is delivered first."""
    agentless: float = 2.0
    """A ringing call without an agent's lease."""
    lost: float = 4.0
    """An answered call without a lease. A living agent renews its lease this soon after an outage of Redis."""
    forsaken: float = 15.0
    """The same, and no successor came: a worker that is started anew takes calls sooner."""
    redispatch: float = 3.0
    """Between two dispatches for one call."""
    ringing: float = RINGING_SECONDS + 7.0
    """Backstop: LiveKit normally ends the ringing by itself."""
    empty: float = 30.0
    """A room without a caller; LiveKit normally closes it earlier."""
    carrier: float = 1800.0
    """A call that came through the carrier and never had a room: an announcement or a voicemail is over by then. A
    forwarded one may last longer; the carrier's account, when it comes, replaces ours."""
    forgotten: float = 6 * 3600.0
    """A call that never had a room, as on the embedded stack: none lasts this long."""


@dataclass(frozen=True)
class OpenCall:
    """A call without an end, as the watchdog finds it. Nothing is guessed: what can't be read is unknown."""

    age_seconds: float
    """Since it began to ring."""
    answered: bool
    rejected: bool
    in_room: bool
    """Whether this call is served in a LiveKit room at all."""
    room: str | None
    """Its room; None: the room is gone."""
    by_carrier: bool = False
    caller_there: bool = False
    agent_there: bool = False
    leased: bool | None = False
    """Whether an agent holds the call's lease; None: Redis doesn't answer."""
    staff: Staff = "unknown"
    unleased_seconds: float = 0.0
    """How long the watchdog has found it without a lease."""
    dispatched_seconds: float | None = None
    """Since the watchdog last dispatched an agent to it; None: never."""
    readable_seconds: float = math.inf
    """Since Postgres could be read again; infinite: the watchdog has met no outage."""


@dataclass(frozen=True)
class Leave:
    """Do nothing: nothing is wrong, or nothing is known."""


@dataclass(frozen=True)
class Dispatch:
    """Dispatch an agent: the call rings and none is on its way, or its agent is gone."""

    room: str


@dataclass(frozen=True)
class End:
    """End the call: nobody else will."""

    room: str
    reason: str


@dataclass(frozen=True)
class Complete:
    """Complete the record of a call that is over, as no witness did."""

    reason: str


Healing = Leave | Dispatch | End | Complete


def heal(call: OpenCall, graces: Graces) -> Healing:
    """What to do about an open call. One that an agent holds, or may hold, is left alone whatever else is odd."""
    if call.leased is None or call.leased:
        return Leave()
    if call.room is None:
        return _without_room(call, graces)
    if call.rejected and not call.answered:
        return End(call.room, "rejected")
    if not call.caller_there:
        return End(call.room, "room_gone") if call.unleased_seconds >= graces.empty else Leave()
    rested = call.dispatched_seconds is None or call.dispatched_seconds >= graces.redispatch
    if call.answered:
        if call.unleased_seconds >= graces.forsaken:
            return End(call.room, "agent_lost")
        # LiveKit lists a dead agent for 20 s more
        lost = call.unleased_seconds >= graces.lost
        return Dispatch(call.room) if lost and rested and call.staff == "ready" else Leave()
    if call.unleased_seconds < graces.agentless:
        return Leave()
    if call.age_seconds >= graces.ringing:
        return End(call.room, call.staff if call.staff in ("no_worker", "at_capacity") else "not_answered")
    return Dispatch(call.room) if call.staff == "ready" and rested and not call.agent_there else Leave()


def _without_room(call: OpenCall, graces: Graces) -> Healing:
    if not call.in_room:
        lasts = graces.carrier if call.by_carrier else graces.forgotten
        return Complete("lost") if call.age_seconds >= lasts else Leave()
    settled = call.age_seconds >= graces.settle and call.readable_seconds >= graces.kept
    return Complete("room_gone") if settled else Leave()
