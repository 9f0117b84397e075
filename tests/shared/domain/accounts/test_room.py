from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.accounts.room import Staff, how_it_ended, room_account
from shared.domain.call import CallEvent, CallRecord, conclude

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADMIT = {"kind": "admit", "reason": "NUMBER_BOUND"}


def event(kind: str, seconds: float, key: str = "", **fields: Any) -> CallEvent:
    return CallEvent("c", key or f"livekit:{kind}:{seconds}", kind, AT + timedelta(seconds=seconds), fields)


def record(*events: CallEvent, decision: dict[str, Any] | None = None, requests: Any = ()) -> CallRecord:
    return CallRecord(
        call_id="c", stage="local", release="r", tenant_id=None, tenant_name=None, template=None, did=None, caller=None,
        decision=ADMIT if decision is None else decision, ringing_at=AT, answered_at=None, ended_at=None,
        disposition=None, outcome=None, ended_by=None, end_reason=None, cost_usd=None, cost_items={}, transcript=(),
        usage=(), events=events, consents=(), requests=requests, recordings=(),
    )  # fmt: skip


JOINED = event("caller_joined", 0)
HUNG_UP = "CLIENT_INITIATED"
REJECTED = {"kind": "reject", "reason": "AT_CAPACITY"}

CASES: list[tuple[str, list[CallEvent], dict[str, Any], Staff, tuple[str, str], str]] = [
    ("gave up", [JOINED, event("caller_left", 6.9, reason=HUNG_UP)], ADMIT, "no_worker",
     ("caller", "caller_hung_up"), "ABANDONED"),
    ("rang out, none there", [JOINED, event("caller_left", 7.1, reason=HUNG_UP)], ADMIT, "no_worker",
     ("system", "no_worker"), "NO_ANSWER"),
    ("rang out, all full", [JOINED, event("caller_left", 8, reason=HUNG_UP)], ADMIT, "at_capacity",
     ("system", "at_capacity"), "NO_ANSWER"),
    ("rang out, some free", [JOINED, event("caller_left", 8, reason=HUNG_UP)], ADMIT, "ready",
     ("system", "not_answered"), "NO_ANSWER"),
    ("rang out, nobody knows", [JOINED], ADMIT, "unknown", ("system", "not_answered"), "NO_ANSWER"),
    ("never decided", [JOINED], {}, "no_worker", ("system", "no_worker"), "NO_ANSWER"),
    ("its agent died first", [JOINED, event("agent_joined", 1), event("caller_left", 8, reason=HUNG_UP)], ADMIT,
     "no_worker", ("system", "agent_lost"), "FAILED"),
    ("rejected", [JOINED, event("caller_left", 0.2, reason="ROOM_DELETED")], REJECTED, "ready",
     ("system", "at_capacity"), "CONGESTION"),
    ("answered, hung up", [JOINED, event("answered", 1), event("caller_left", 9, reason=HUNG_UP)], ADMIT, "ready",
     ("caller", "caller_hung_up"), "ANSWERED"),
    ("answered, put out", [JOINED, event("agent_published", 1), event("caller_left", 9, reason="ROOM_DELETED")], ADMIT,
     "ready", ("system", "agent_lost"), "ANSWERED"),
    ("answered, line lost", [JOINED, event("answered", 1), event("caller_left", 9, reason="CONNECTION_TIMEOUT")],
     ADMIT, "ready", ("system", "room_gone"), "ANSWERED"),
    ("ended by us", [JOINED, event("answered", 1), event("healed", 9, reason="agent_lost"),
     event("caller_left", 9, reason="ROOM_DELETED")], ADMIT, "ready", ("system", "agent_lost"), "ANSWERED"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "events", "decision", "staff", "ended", "disposition"), CASES)
def test_given_a_calls_events_when_looked_back_then_they_tell_how_it_ended(
    why: str, events: list[dict[str, Any]], decision: dict[str, Any], staff: Staff, ended: Any, disposition: str
) -> None:
    for order in (events, list(reversed(events))):
        seen = room_account(record(*order, decision=decision))
        by, reason = how_it_ended(seen, staff, "room_gone")
        assert (by, reason) == ended, why
        facts = replace(seen.facts, ended_by=by, end_reason=reason)
        assert conclude(facts).disposition == disposition, why


def test_given_what_the_agent_noted_when_looked_back_then_the_conversation_counts() -> None:
    said = [
        event("caller_said", 3, asks=True),
        event("agent_said", 4, answers=True),
        event("caller_said", 5, asks=False),
        event("provider_failed", 6),
    ]
    asked = ({"kind": "prayer"}, {"kind": "crisis"})
    seen = room_account(record(JOINED, event("answered", 1), *said, requests=asked))
    facts = seen.facts
    assert (facts.caller_turns, facts.agent_turns, facts.requests_taken) == (2, 1, 1)
    assert (facts.questions_asked, facts.questions_answered) == (1, 1)
    assert (facts.crisis, facts.threat, facts.provider_failed) == (True, False, True)
    assert not seen.agent_reported
    assert room_account(record(event("completion", 9, "completion:agent"))).agent_reported
