"""What the carrier's events say of a call, in any order."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.accounts.carrier import account, is_missed
from shared.domain.call import CallEvent, CallRecord, Disposition, Outcome, conclude
from shared.domain.telephony.legs import call_id_of_session

RANG = datetime(2026, 5, 4, 12, tzinfo=UTC)


def told(kind: str, role: str, seconds: float, **fields: Any) -> CallEvent:
    at = RANG + timedelta(seconds=seconds)
    return CallEvent("c", f"{kind}{role}", f"carrier.{kind}", at, {"role": role, **fields})


def record(*events: CallEvent, decision: str = "admit", call_id: str = "", **changes: Any) -> CallRecord:
    values: dict[str, Any] = dict.fromkeys(CallRecord.__dataclass_fields__, ())
    values |= dict.fromkeys(("tenant_id", "answered_at", "disposition", "synthetic"), None)
    values |= {"call_id": call_id or call_id_of_session("s"), "ringing_at": RANG, "decision": {"kind": decision}}
    return CallRecord(**(values | {"events": events, "room_ids": (), "direction": "inbound"} | changes))


RINGS = told("initiated", "caller", 0)
ANSWERED_CALL = (
    RINGS,
    told("answered", "agent", 0.6),
    told("answered", "caller", 0.6),
    told("bridged", "agent", 0.7),
    told("hangup", "caller", 60.6, cause="normal_clearing", source="caller", sip_code=200, session="s"),
    told("hangup", "agent", 60.7, cause="normal_clearing", source="caller"),
)


def test_given_a_call_that_was_answered_when_its_events_come_in_any_order_then_the_account_is_the_same() -> None:
    for events in itertools.permutations(ANSWERED_CALL):
        found = account(record(*events))
        assert found is not None
        facts = found.facts
        assert facts.answered_at == RANG + timedelta(seconds=0.7)
        assert (facts.ended_by, facts.end_reason, facts.sip_code) == ("caller", "caller_hung_up", 200)
        assert (facts.hangup_cause, facts.carrier_session, facts.carrier_seconds) == ("normal_clearing", "s", 60.0)
        assert conclude(facts).disposition is Disposition.ANSWERED


def test_given_a_caller_who_is_still_there_then_there_is_no_account() -> None:
    assert account(record(*ANSWERED_CALL[:4], ANSWERED_CALL[5])) is None


@pytest.mark.requirement("DU-69")
@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ((told("recording.saved", "caller", 20),), Outcome.VOICEMAIL),
        ((told("bridged", "forward", 12),), Outcome.FORWARDED),
        ((), Outcome.ANNOUNCED),
    ],
)
def test_given_a_fallback_when_the_call_ends_then_it_was_not_answered(more: tuple[Any, ...], outcome: Outcome) -> None:
    events = (RINGS, told("hangup", "agent", 8, cause="timeout"), told("answered", "caller", 8.2), *more)
    found = account(record(*events, told("hangup", "caller", 25, cause="normal_clearing", source="caller")))
    assert found is not None and found.facts.answered_at is None
    verdict = conclude(found.facts)
    assert (verdict.disposition, verdict.outcome) == (Disposition.NO_ANSWER, outcome)


def test_given_who_hung_up_while_it_rang_then_it_was_abandoned_after_so_long() -> None:
    gone = told("hangup", "caller", 5, cause="originator_cancel", source="caller", sip_code=487)
    found = account(record(RINGS, gone))
    assert found is not None
    assert conclude(found.facts).disposition is Disposition.ABANDONED
    assert (found.rang_for, found.facts.carrier_seconds) == (timedelta(seconds=5), 0.0)


def test_given_an_announcement_then_it_was_answered_by_that() -> None:
    events = (RINGS, told("answered", "caller", 0.3), told("hangup", "caller", 7, cause="normal_clearing"))
    found = account(record(*events, decision="announce"))
    assert found is not None
    verdict = conclude(found.facts)
    assert (verdict.disposition, verdict.outcome) == (Disposition.ANSWERED, Outcome.ANNOUNCED)
    assert found.facts.end_reason == "announcement"


@pytest.mark.requirement("DU-67", "DU-68")
def test_given_calls_that_ring_then_only_one_that_nothing_picked_up_for_45_seconds_is_missed() -> None:
    late = RANG + timedelta(seconds=45.1)
    assert is_missed(record(RINGS), late)
    assert not is_missed(record(RINGS), RANG + timedelta(seconds=45))
    assert not is_missed(record(RINGS, told("answered", "caller", 9)), late)
    assert not is_missed(record(RINGS, replace(RINGS, kind="missed")), late), "it was told"
    assert not is_missed(record(RINGS, synthetic=True), late)
    assert not is_missed(record(RINGS, direction="outbound"), late), "our own"
    assert not is_missed(record(RINGS, call_id="a-call-on-the-embedded-line"), late)
