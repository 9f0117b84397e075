from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.call import CallFacts, Disposition, Outcome, Verdict, conclude

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
TALK = CallFacts(
    True,
    answered_at=AT,
    ended_at=AT,
    ended_by="caller",
    caller_turns=3,
    agent_turns=4,
    questions_asked=2,
    questions_answered=2,
)
RINGING = CallFacts(True, ended_at=AT)
ANSWERED = Disposition.ANSWERED


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.QUESTION_ANSWERED),
        ({"requests_taken": 1}, Outcome.REQUEST_TAKEN),
        ({"crisis": True, "requests_taken": 1, "threat": True, "provider_failed": True}, Outcome.CRISIS),
        ({"threat": True, "requests_taken": 1}, Outcome.THREAT),
        ({"put_out": True, "requests_taken": 1}, Outcome.ABUSE),
        ({"put_out": True, "crisis": True}, Outcome.CRISIS),
        ({"machine": True, "questions_answered": 3}, Outcome.MACHINE),
        ({"machine": True, "provider_failed": True}, Outcome.PROVIDER_FAILED),
        ({"requests_failed": 1}, Outcome.REQUEST_FAILED),
        ({"requests_failed": 1, "requests_taken": 1}, Outcome.REQUEST_FAILED),
        ({"requests_failed": 1, "end_reason": "cancelled"}, Outcome.REQUEST_FAILED),
        ({"questions_answered": 1}, Outcome.QUESTION_ANSWERED),
        ({"questions_answered": 0}, Outcome.UNRESOLVED),
        ({"questions_answered": 0, "ended_by": "agent", "end_reason": "silence"}, Outcome.UNRESOLVED),
        ({"questions_answered": 0, "ended_by": "agent", "end_reason": "goodbye"}, Outcome.UNRESOLVED),
        ({"questions_answered": 0, "requests_taken": 1}, Outcome.REQUEST_TAKEN),
        ({"questions_asked": 0, "questions_answered": 0}, Outcome.HUNG_UP_EARLY),
        ({"questions_asked": 0, "questions_answered": 0, "ended_by": "agent"}, Outcome.NO_INPUT),
        ({"provider_failed": True, "requests_taken": 1}, Outcome.PROVIDER_FAILED),
        ({"end_reason": "provider_failed"}, Outcome.PROVIDER_FAILED),
        ({"end_reason": "error", "ended_by": "system"}, Outcome.ERROR),
        ({"end_reason": "cancelled", "ended_by": "system"}, Outcome.ERROR),
        ({"end_reason": "cancelled", "requests_taken": 1}, Outcome.REQUEST_TAKEN),
        ({"caller_turns": 0, "agent_turns": 1, "questions_asked": 0, "questions_answered": 0}, Outcome.HUNG_UP_EARLY),
        ({"caller_turns": 1, "agent_turns": 1, "questions_answered": 0}, Outcome.HUNG_UP_EARLY),
        (
            {"caller_turns": 0, "questions_asked": 0, "questions_answered": 0, "ended_by": "agent"},
            Outcome.NO_INPUT,
        ),
        ({"ended_by": "agent", "end_reason": "silence"}, Outcome.QUESTION_ANSWERED),
        ({"admitted": False, "announced": True, "caller_turns": 0, "ended_by": "agent"}, Outcome.ANNOUNCED),
        ({"fallback": "voicemail"}, Outcome.QUESTION_ANSWERED),
    ],
)
def test_given_an_answered_call_then_its_outcome_follows(changes: dict[str, Any], outcome: Outcome) -> None:
    assert conclude(replace(TALK, **changes)) == Verdict(ANSWERED, outcome)


@pytest.mark.parametrize(
    ("changes", "disposition", "outcome"),
    [
        ({}, Disposition.NO_ANSWER, Outcome.NOT_ANSWERED),
        ({"ended_by": "caller"}, Disposition.ABANDONED, Outcome.NOT_ANSWERED),
        ({"sip_code": 487}, Disposition.ABANDONED, Outcome.NOT_ANSWERED),
        ({"sip_code": 408}, Disposition.NO_ANSWER, Outcome.NOT_ANSWERED),
        ({"sip_code": 486}, Disposition.BUSY, Outcome.NOT_ANSWERED),
        ({"sip_code": 503}, Disposition.CONGESTION, Outcome.NOT_ANSWERED),
        ({"sip_code": 500}, Disposition.FAILED, Outcome.NOT_ANSWERED),
        ({"end_reason": "error"}, Disposition.FAILED, Outcome.ERROR),
        ({"admitted": False}, Disposition.CONGESTION, Outcome.REJECTED),
        ({"admitted": False, "sip_code": 486, "ended_by": "system"}, Disposition.BUSY, Outcome.REJECTED),
        ({"admitted": False, "announced": True, "ended_by": "caller"}, Disposition.ABANDONED, Outcome.NOT_ANSWERED),
        ({"fallback": "announcement", "ended_by": "caller"}, Disposition.NO_ANSWER, Outcome.ANNOUNCED),
        ({"fallback": "voicemail"}, Disposition.NO_ANSWER, Outcome.VOICEMAIL),
        ({"fallback": "forward", "admitted": False}, Disposition.CONGESTION, Outcome.FORWARDED),
    ],
)
def test_given_a_call_that_was_not_answered_then_its_verdict_follows(
    changes: dict[str, Any], disposition: Disposition, outcome: Outcome
) -> None:
    assert conclude(replace(RINGING, **changes)) == Verdict(disposition, outcome)


FACTS = st.builds(
    CallFacts,
    admitted=st.booleans(),
    announced=st.booleans(),
    answered_at=st.none() | st.just(AT),
    ended_at=st.none() | st.just(AT),
    ended_by=st.sampled_from([None, "caller", "agent", "system"]),
    end_reason=st.none() | st.text(max_size=5) | st.sampled_from(["error", "silence", "provider_failed", "cancelled"]),
    sip_code=st.none() | st.integers(),
    caller_turns=st.integers(),
    agent_turns=st.integers(),
    requests_taken=st.integers(),
    requests_failed=st.integers(),
    questions_asked=st.integers(),
    questions_answered=st.integers(),
    put_out=st.booleans(),
    machine=st.booleans(),
    crisis=st.booleans(),
    threat=st.booleans(),
    provider_failed=st.booleans(),
)


@given(FACTS)
def test_given_any_facts_then_there_is_a_verdict_and_danger_is_never_hidden(facts: CallFacts) -> None:
    verdict = conclude(facts)
    if facts.crisis:
        assert verdict.outcome is Outcome.CRISIS
    if facts.answered_at is not None:
        assert verdict.disposition is ANSWERED
        assert verdict.outcome not in (Outcome.NOT_ANSWERED, Outcome.REJECTED)
