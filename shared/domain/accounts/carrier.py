"""Computes a call's facts from the carrier's events, in whatever order they arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.call import CallEvent, CallFacts, CallRecord, Party
from shared.domain.telephony.legs import CarrierEvent, is_of_session
from shared.domain.tenant import Fallback

PREFIX = "carrier."
"""Prefix of the kinds of events that the carrier's webhooks brought."""
INITIATED, ANSWERED, BRIDGED = "carrier.initiated", "carrier.answered", "carrier.bridged"
HANGUP, SAVED = "carrier.hangup", "carrier.recording.saved"

MISSED_AFTER = timedelta(seconds=45)
"""A call that neither an agent nor an announcement has answered by then is missed (DU-67)."""
LONG_RING = timedelta(seconds=15)
"""A caller who gives up after this long is worth a page (DU-69)."""
MANY, WITHIN = 3, timedelta(minutes=10)
"""That many callers who give up within that time are worth a page (DU-69)."""


@dataclass(frozen=True)
class CarrierAccount:
    """The call as the carrier's events describe it."""

    facts: CallFacts
    rang_at: datetime
    picked_up_at: datetime | None
    """When the caller's leg was answered, by an agent, an announcement or a forwarded phone."""

    @property
    def rang_for(self) -> timedelta:
        until = self.picked_up_at or self.facts.ended_at or self.rang_at
        return max(until - self.rang_at, timedelta(0))


def kind_of(event: CarrierEvent) -> str:
    """The kind under which the event is stored."""
    return PREFIX + event.name.removeprefix("call.")


def fields_of(event: CarrierEvent) -> dict[str, Any]:
    """The fields that are stored; no telephone numbers, as the call's row holds them."""
    note = event.note
    fields = {
        "leg": event.leg_id,
        "role": note.role if note else ("caller" if event.of_caller else "unknown"),
        "step": note.step if note else "",
        "cause": event.hangup_cause,
        "source": event.hangup_source,
        "sip_code": event.sip_code,
        "status": event.status,
        "detail": event.detail,
        "session": event.session_id,
        "started_at": event.started_at.isoformat() if event.started_at else None,
        "ended_at": event.ended_at.isoformat() if event.ended_at else None,
        "digits": event.digits,
    }
    return {name: value for name, value in fields.items() if value}


def account(record: CallRecord) -> CarrierAccount | None:
    """None until the hangup of the caller's leg is stored."""
    events = sorted(
        (event for event in record.events if event.kind.startswith(PREFIX)),
        key=lambda event: event.at,
    )
    over = _first(events, HANGUP, "caller")
    if over is None:
        return None
    kind = record.decision.get("kind")
    began, picked_up = _first(events, INITIATED, "caller"), _first(events, ANSWERED, "caller")
    bridged = _first(events, BRIDGED, "agent") or _first(events, ANSWERED, "agent")
    announced = kind == "announce"
    ended_at, picked_up_at = over.at, _at(picked_up) or _at(bridged)
    fallback = None if announced or bridged is not None else _fallback(events, picked_up)
    by = _ended_by(over, talked=bridged is not None)
    facts = CallFacts(
        admitted=kind not in ("announce", "reject"),
        announced=announced,
        answered_at=picked_up_at if announced else _at(bridged),
        ended_at=ended_at,
        ended_by=by,
        end_reason=_reason(by, announced, fallback, str(over.fields.get("cause", ""))),
        sip_code=_code(over),
        fallback=fallback,
        hangup_cause=over.fields.get("cause"),
        carrier_session=over.fields.get("session"),
        carrier_seconds=max((ended_at - picked_up_at).total_seconds(), 0.0) if picked_up_at else 0.0,
    )
    return CarrierAccount(facts, _at(began) or record.ringing_at, picked_up_at)


def is_missed(record: CallRecord, now: datetime) -> bool:
    """Whether a call without an end has rung too long and nothing has picked up (DU-67)."""
    picked_up = any(
        event.kind in (ANSWERED, BRIDGED, "answered", "agent_published", "missed") for event in record.events
    )
    ours = is_of_session(record.call_id) and record.direction == "inbound" and not record.synthetic
    return ours and not picked_up and now - record.ringing_at > MISSED_AFTER


def _fallback(events: Sequence[CallEvent], picked_up: CallEvent | None) -> Fallback | None:
    if _first(events, SAVED, "caller") is not None:
        return "voicemail"
    if _first(events, BRIDGED, "forward") is not None or _first(events, ANSWERED, "forward") is not None:
        return "forward"
    return "announcement" if picked_up is not None else None


def _ended_by(over: CallEvent, *, talked: bool) -> Party:
    if over.fields.get("source") == "caller":
        return "caller"
    return "agent" if talked else "system"


def _reason(by: Party, announced: bool, fallback: Fallback | None, cause: str) -> str:
    if announced or fallback is not None:
        return fallback or "announcement"
    return "caller_hung_up" if by == "caller" else cause or "hung_up"


def _code(over: CallEvent) -> int | None:
    code = over.fields.get("sip_code")
    return int(code) if isinstance(code, int | str) and str(code).isdecimal() else None


def _first(events: Sequence[CallEvent], kind: str, role: str) -> CallEvent | None:
    return next((event for event in events if event.kind == kind and event.fields.get("role") == role), None)


def _at(event: CallEvent | None) -> datetime | None:
    return None if event is None else event.at
