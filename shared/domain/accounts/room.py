"""Reconstructs a call's facts from its stored events, for processes that weren't part of the call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from shared.domain.call import CallEvent, CallFacts, CallRecord, Party
from shared.domain.telephony.rooms import RINGING_SECONDS, is_of_room

Staff = Literal["ready", "at_capacity", "no_worker", "unknown"]
"""Whether a worker could take a call: one could, all are full, none is registered, Redis didn't answer."""

AGENTS_ACCOUNT = "completion:agent"
"""The key of the event that holds the agent's account."""
_LEFT_BY_ITSELF = ("CLIENT_INITIATED", "")
_PUT_OUT = ("ROOM_DELETED", "PARTICIPANT_REMOVED")
_RINGING_SLACK = timedelta(seconds=1)
"""LiveKit gives some times in whole seconds."""
_NO_REQUESTS = ("crisis", "threat")


@dataclass(frozen=True)
class RoomAccount:
    """A call's facts as its events give them."""

    decision: dict[str, Any]
    rang_at: datetime
    answered_at: datetime | None
    left_at: datetime | None
    """When the caller left."""
    left_why: str
    """LiveKit's reason for leaving."""
    staff: Staff
    """At the time when the caller left."""
    agent_came: bool
    agent_reported: bool
    """Whether the agent recorded the end itself."""
    ended_for: str | None
    """Why the watchdog ended the call; None if it didn't."""
    facts: CallFacts
    """Without the end."""

    @property
    def rejected(self) -> bool:
        return self.decision.get("kind") == "reject"

    @property
    def given_up(self) -> bool:
        """Whether the caller hung up while it rang. LiveKit gives the same reason when the ringing times out."""
        return (
            self.answered_at is None
            and self.left_at is not None
            and self.left_why in _LEFT_BY_ITSELF
            and self.left_at - self.rang_at < timedelta(seconds=RINGING_SECONDS) - _RINGING_SLACK
        )

    @property
    def missed(self) -> bool:
        """Whether the call was admitted, and no agent answered before the ringing ended."""
        return not self.rejected and self.answered_at is None and not self.given_up


def room_account(record: CallRecord) -> RoomAccount:
    events = sorted(record.events, key=lambda event: event.at)
    answered = _first(events, "answered") or _first(events, "agent_published")
    left, joined = _first(events, "caller_left"), _first(events, "caller_joined")
    healed = _first(events, "healed")
    answered_at = _at(answered)
    kinds = [request.get("kind") for request in record.requests]
    kind = record.decision.get("kind")
    return RoomAccount(
        decision=record.decision,
        rang_at=_at(joined) or record.ringing_at,
        answered_at=answered_at,
        left_at=_at(left),
        left_why=str(left.fields.get("reason", "")) if left else "",
        staff=_staff_of(left),
        agent_came=_first(events, "agent_joined") is not None,
        agent_reported=any(event.key == AGENTS_ACCOUNT for event in events),
        ended_for=healed.fields.get("reason") if healed else None,
        facts=CallFacts(
            # without a decision the call counts as admitted
            admitted=kind not in ("announce", "reject"),
            announced=kind == "announce",
            answered_at=answered_at,
            caller_turns=sum(event.kind == "caller_said" for event in events),
            agent_turns=sum(event.kind == "agent_said" for event in events),
            requests_taken=sum(kind not in _NO_REQUESTS for kind in kinds),
            questions_asked=sum(event.fields.get("asks") is True for event in events),
            questions_answered=sum(event.fields.get("answers") is True for event in events),
            crisis="crisis" in kinds,
            threat="threat" in kinds,
            provider_failed=_first(events, "provider_failed") is not None,
        ),
    )


def room_ids(record: CallRecord) -> tuple[str, ...]:
    """The ids of the rooms that the call was in; none for a call on a line without rooms, or not yet in any."""
    return (record.call_id, *record.room_ids) if is_of_room(record.call_id) else record.room_ids


def how_it_ended(account: RoomAccount, staff: Staff, otherwise: str) -> tuple[Party, str]:
    """Who ended it and why; `otherwise` is the reason where the record tells none."""
    if account.rejected:
        return "system", str(account.decision.get("reason", "rejected")).lower()
    if account.given_up:
        return "caller", "caller_hung_up"
    if account.ended_for is not None:
        return "system", account.ended_for
    if account.missed:
        return "system", why_missed(account, staff)
    if account.left_at is not None and account.left_why in _LEFT_BY_ITSELF:
        return "caller", "caller_hung_up"
    # an agent that hangs up records its own account, which outranks this one; without it the agent died, and the caller
    # was removed from the room for that
    return "system", "agent_lost" if account.left_why in _PUT_OUT else otherwise


def why_missed(account: RoomAccount, staff: Staff) -> str:
    """Why no agent answered."""
    if account.agent_came:
        return "agent_lost"
    return staff if staff in ("at_capacity", "no_worker") else "not_answered"


def _staff_of(left: CallEvent | None) -> Staff:
    stored = left.fields.get("staff") if left else None
    return next((staff for staff in get_args(Staff) if staff == stored), "unknown")


def _first(events: Sequence[CallEvent], kind: str) -> CallEvent | None:
    return next((event for event in events if event.kind == kind), None)


def _at(event: CallEvent | None) -> datetime | None:
    return None if event is None else event.at
