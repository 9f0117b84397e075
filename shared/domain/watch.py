"""What is to be done about a call that has no end yet. Pure: facts and times in, a decision out."""

from dataclasses import dataclass

from shared.domain.accounts.room import Staff
from shared.domain.telephony.rooms import RINGING_SECONDS


@dataclass(frozen=True)
class Graces:
    """How long things may be odd before they are wrong, in seconds."""

    settle: float = 10.0
    """A call younger than this may have its room made, or its end told, just now."""
    agentless: float = 2.0
    """A caller whom no agent has a lease for, and it rings."""
    lost: float = 4.0
    """The same, and it was answered. An agent that lives has its lease again so soon after Redis was away."""
    redispatch: float = 3.0
    """Between two dispatches to one call."""
    ringing: float = RINGING_SECONDS + 7.0
    """The switchboard ends the ringing by itself; this is for one that didn't."""
    empty: float = 30.0
    """A room without a caller; it closes by itself before."""
    carrier: float = 1800.0
    """A call that came by the carrier and was never in a room: an announcement or a message is over by then. One that
    was passed on elsewhere may last; the carrier's word, when it comes, outweighs ours."""
    forgotten: float = 6 * 3600.0
    """A call that was never in a room, as on the embedded stack: none lasts this long."""


@dataclass(frozen=True)
class Seen:
    """An open call as it is found. None of it is guessed: who can't be asked is unknown."""

    age_seconds: float
    """Since it began to ring."""
    answered: bool
    rejected: bool
    in_room: bool
    """Whether a call of this id is served in a room of LiveKit's at all."""
    room: str | None
    """Its room; None when it is gone."""
    by_carrier: bool = False
    caller_there: bool = False
    agent_there: bool = False
    leased: bool | None = False
    """Whether an agent holds the call's lease; None: Redis can't be asked."""
    staff: Staff = "unknown"
    unleased_seconds: float = 0.0
    """For how long it has been found without a lease."""
    dispatched_seconds: float | None = None
    """Since an agent was last asked for from here."""


@dataclass(frozen=True)
class Leave:
    """Nothing is wrong, or nothing is known."""


@dataclass(frozen=True)
class Dispatch:
    """Ask for an agent: the call rings and none is on its way."""

    room: str


@dataclass(frozen=True)
class End:
    """Put an end to it: nobody will."""

    room: str
    reason: str


@dataclass(frozen=True)
class Complete:
    """It is over and nobody said so."""

    reason: str


Healing = Leave | Dispatch | End | Complete


def heal(seen: Seen, graces: Graces) -> Healing:
    """A call that an agent speaks for, or may speak for, is left alone whatever else is odd about it."""
    if seen.leased is None or seen.leased:
        return Leave()
    if seen.room is None:
        return _without_room(seen, graces)
    if seen.rejected and not seen.answered:
        return End(seen.room, "rejected")
    if not seen.caller_there:
        return End(seen.room, "room_gone") if seen.unleased_seconds >= graces.empty else Leave()
    if seen.answered:
        # one that died is listed for 20 s more
        return End(seen.room, "agent_lost") if seen.unleased_seconds >= graces.lost else Leave()
    if seen.unleased_seconds < graces.agentless:
        return Leave()
    if seen.age_seconds >= graces.ringing:
        return End(seen.room, seen.staff if seen.staff in ("no_worker", "at_capacity") else "not_answered")
    rested = seen.dispatched_seconds is None or seen.dispatched_seconds >= graces.redispatch
    return Dispatch(seen.room) if seen.staff == "ready" and rested and not seen.agent_there else Leave()


def _without_room(seen: Seen, graces: Graces) -> Healing:
    if not seen.in_room:
        lasts = graces.carrier if seen.by_carrier else graces.forgotten
        return Complete("lost") if seen.age_seconds >= lasts else Leave()
    return Complete("room_gone") if seen.age_seconds >= graces.settle else Leave()
