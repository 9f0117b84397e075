"""A person's leg as a value: from the offer of the caller to the end of their talk, and what the parties hear.

A leg goes offered → ringing → briefed → taken; every other state ends it without a talk. Each step returns a new value;
a step that comes twice, late or in another order returns the leg as it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain.call import Disposition
from shared.domain.people import Person

RING_SECONDS = 20.0
"""How long a person's telephone rings."""
KEY_SECONDS = 10.0
"""After the briefing: nobody who presses no key until then takes the call, a mailbox neither."""
TAKE, DECLINE = "1", "2"


class State(StrEnum):
    OFFERED = "offered"
    RINGING = "ringing"
    BRIEFED = "briefed"
    """The person has answered, and hears or has heard whose call it is."""
    TAKEN = "taken"
    """The person has pressed 1 and talks with the caller, or has done so."""
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    BUSY = "busy"
    MACHINE = "machine"
    """Answered without a key: a mailbox, or a person who doesn't listen."""
    CALLER_GONE = "caller_gone"
    FAILED = "failed"


_OPEN = (State.OFFERED, State.RINGING, State.BRIEFED)
_REFUSED = {
    **dict.fromkeys((486, 600), State.BUSY),
    **dict.fromkeys((403, 603, 607, 608), State.DECLINED),
    **dict.fromkeys((408, 480, 487), State.UNANSWERED),
}
_DISPOSITIONS = {
    State.BUSY: Disposition.BUSY,
    State.UNANSWERED: Disposition.NO_ANSWER,
    State.CALLER_GONE: Disposition.ABANDONED,
    State.DECLINED: Disposition.BUSY,
}


@dataclass(frozen=True)
class PersonLeg:
    """One attempt to reach one person. Times are UTC; None: it didn't come to that."""

    leg_id: str
    person: Person
    why: str
    """What the caller wants, as the person hears it."""
    offered_at: datetime
    state: State = State.OFFERED
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    briefed_at: datetime | None = None
    """When the briefing was over."""
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    sip_code: int | None = None

    @property
    def open(self) -> bool:
        """Whether it is still undecided."""
        return self.state in _OPEN

    @property
    def talking(self) -> bool:
        """Whether person and caller talk now."""
        return self.state is State.TAKEN and self.ended_at is None

    @property
    def deadline(self) -> datetime | None:
        """When waiting decides it; None: nothing is waited for."""
        if self.state is State.RINGING and self.ringing_at is not None:
            return self.ringing_at + timedelta(seconds=RING_SECONDS)
        if self.state is State.BRIEFED and self.briefed_at is not None:
            return self.briefed_at + timedelta(seconds=KEY_SECONDS)
        return None

    @property
    def disposition(self) -> Disposition | None:
        """What the network did with this leg; None while it is undecided."""
        if self.answered_at is not None:
            return Disposition.ANSWERED
        return None if self.open else _DISPOSITIONS.get(self.state, Disposition.FAILED)

    @property
    def answer_seconds(self) -> float | None:
        """From the first ring to the person's answer; None: never answered."""
        return _seconds(self.ringing_at, self.answered_at)

    @property
    def connected_seconds(self) -> float:
        """What a carrier bills: from the answer to the end."""
        return _seconds(self.answered_at, self.ended_at) or 0.0

    @property
    def talk_seconds(self) -> float | None:
        """What person and caller had together; None: they never talked."""
        return _seconds(self.taken_at, self.ended_at)

    def rings(self, at: datetime) -> "PersonLeg":
        return replace(self, state=State.RINGING, ringing_at=at) if self.state is State.OFFERED else self

    def answered(self, at: datetime) -> "PersonLeg":
        if self.state is not State.RINGING:
            return self
        return replace(self, state=State.BRIEFED, answered_at=at)

    def briefing_over(self, at: datetime) -> "PersonLeg":
        if self.state is not State.BRIEFED or self.briefed_at is not None:
            return self
        return replace(self, briefed_at=at)

    def pressed(self, key: str, at: datetime) -> "PersonLeg":
        """Also during the briefing; keys that mean nothing change nothing."""
        if self.state is not State.BRIEFED:
            return self
        if key == TAKE:
            return replace(self, state=State.TAKEN, taken_at=at)
        return self._over(State.DECLINED, at) if key == DECLINE else self

    def waited(self, at: datetime) -> "PersonLeg":
        """Time has passed."""
        if self.deadline is None or at < self.deadline:
            return self
        return self._over(State.UNANSWERED if self.state is State.RINGING else State.MACHINE, at)

    def refused(self, sip_code: int | None, at: datetime) -> "PersonLeg":
        """The network gave up on it, with this SIP status where one came."""
        if not self.open:
            return self
        return replace(self._over(_REFUSED.get(sip_code or 0, State.FAILED), at), sip_code=sip_code)

    def failed(self, at: datetime) -> "PersonLeg":
        """Also of one that was taken, and couldn't be connected."""
        return replace(self._over(State.FAILED, at), taken_at=None) if self.open or self.talking else self

    def handed_over(self, at: datetime) -> "PersonLeg":
        """The caller's own leg has gone to the person: what follows isn't known here."""
        return replace(self, state=State.TAKEN, answered_at=at, taken_at=at, ended_at=at) if self.open else self

    def caller_left(self, at: datetime) -> "PersonLeg":
        return self._over(State.CALLER_GONE, at) if self.open else self.ended(at)

    def person_left(self, at: datetime) -> "PersonLeg":
        """Before a key it is a no, afterwards the end of their talk."""
        return self._over(State.DECLINED, at) if self.state is State.BRIEFED else self.ended(at)

    def ended(self, at: datetime) -> "PersonLeg":
        return replace(self, ended_at=at) if self.ended_at is None and not self.open else self

    def _over(self, state: State, at: datetime) -> "PersonLeg":
        return replace(self, state=state, ended_at=at)


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    return None if begin is None or end is None else round((end - begin).total_seconds(), 3)


def event_of(leg: PersonLeg) -> dict[str, Any]:
    """The leg as the call's record has it, after each of its steps; the number is masked."""
    times = {name: getattr(leg, name) for name in ("ringing_at", "answered_at", "taken_at", "ended_at")}
    return {
        "leg": "person",
        "leg_id": leg.leg_id,
        "person": leg.person.name,
        "to": masked(leg.person.number),
        "state": leg.state.value,
        "disposition": leg.disposition.value if leg.disposition else None,
        "sip_code": leg.sip_code,
        "answer_seconds": leg.answer_seconds,
        "talk_seconds": leg.talk_seconds,
        **{name: at.isoformat() if at else None for name, at in times.items()},
    }


def masked(number: str) -> str:
    """Its last two digits."""
    return f"{'+' if number.startswith('+') else ''}{'*' * (len(number.lstrip('+')) - 2)}{number[-2:]}"


def announcement(person: Person) -> str:
    """What the caller hears before the music."""
    return f"One moment please, I'm putting you through to {person.name}."


def briefing(caller: str | None, why: str) -> str:
    """What the person hears. `caller`: their number as it is spoken; None: withheld."""
    number = f" from {caller}" if caller else ""
    return (
        f"Hello, this is the AI assistant. A caller{number} would like to talk to you, "
        f"about this: {why.rstrip('.!?')}. Press 1 to take the call, or 2 to decline."
    )


NOT_REACHED = {
    State.DECLINED: "I'm sorry, {name} can't take the call right now.",
    State.BUSY: "I'm sorry, {name}'s line is busy.",
    State.UNANSWERED: "I'm sorry, {name} isn't answering.",
    State.MACHINE: "I'm sorry, {name} isn't answering.",
}
_OFFER = "Shall I take a message, so that somebody calls you back?"


def not_reached(legs: Iterable[PersonLeg]) -> str:
    """What the caller hears after the last attempt, with the offer of a call back."""
    tried = list(legs)
    if len({leg.person.name for leg in tried}) != 1:
        return f"I'm sorry, nobody is free to take the call right now. {_OFFER}"
    last = tried[-1]
    said = NOT_REACHED.get(last.state, "I'm sorry, I couldn't put you through to {name}.")
    return f"{said.format(name=last.person.name)} {_OFFER}"
