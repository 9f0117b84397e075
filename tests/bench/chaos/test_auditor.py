"""The auditor finds each kind of fault, and excuses what nobody could have answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bench.chaos.accounts import Kept, PhoneAccount
from bench.chaos.auditor import audit
from bench.chaos.schedule import Strike

BEGAN = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
CALL = PhoneAccount(
    caller="+15035550101",
    way="direct",
    invited_at=BEGAN,
    at_seconds=30.0,
    answered_seconds=1.0,
    sound_seconds=1.2,
    ended_seconds=20.0,
    ended_by="us",
    reason="hung_up",
)
ROW: dict[str, Any] = {
    "call_id": "call-1",
    "caller": CALL.caller,
    "completed_at": BEGAN + timedelta(seconds=21),
    "disposition": "ANSWERED",
    "answered_at": BEGAN + timedelta(seconds=1),
    "ended_at": BEGAN + timedelta(seconds=20),
    "ended_by": "caller",
    "end_reason": "caller_hung_up",
}
KEPT = Kept([ROW], {"call-1": ["GRANTED"]}, [], {}, {}, [], [], [], [])
RECORDING = {"call_id": "call-1", "kind": "call", "deleted_at": None}
UNANSWERED = replace(CALL, answered_seconds=None, sound_seconds=None, ended_by="peer", reason="refused", sip_code=503)
SILENT = replace(CALL, sound_seconds=None, unheard_seconds=19.0)
DROPPED = replace(CALL, ended_by="peer")


def row(**changed: Any) -> Kept:
    return replace(KEPT, records=[ROW | changed])


def rules(call: PhoneAccount, kept: Kept = KEPT, *strikes: Strike) -> list[str]:
    return [violation.rule for violation in audit([call], kept, strikes).violations]


def test_given_a_call_as_it_should_be_then_nothing_is_wrong() -> None:
    assert rules(CALL) == []


@pytest.mark.parametrize(
    ("call", "kept", "rule"),
    [
        (replace(UNANSWERED, way="carrier"), row(disposition="NO_ANSWER"), "answered"),
        (replace(UNANSWERED, ended_seconds=13.0), row(disposition="NO_ANSWER", ended_at=None), "answered"),
        (replace(CALL, answered_seconds=12.5), KEPT, "answered in time"),
        (SILENT, KEPT, "heard"),
        (DROPPED, row(ended_by="system", end_reason="agent_lost"), "not dropped"),
        (DROPPED, row(ended_by="agent", end_reason="cancelled"), "not dropped"),
        (replace(CALL, longest_silence_seconds=13.0), KEPT, "no dead air"),
        (CALL, replace(KEPT, records=[]), "one record"),
        (CALL, replace(KEPT, records=[ROW, ROW]), "one record"),
        (CALL, row(completed_at=None), "completed"),
        (CALL, row(disposition="NO_ANSWER"), "true record"),
        (CALL, row(ended_at=BEGAN + timedelta(seconds=40)), "true record"),
        (replace(UNANSWERED, ended_seconds=10.0), row(ended_at=None), "true record"),
        (CALL, replace(KEPT, recordings=[RECORDING], consents={"call-1": ["UNCLEAR", "REFUSED"]}), "consent"),
        (CALL, replace(KEPT, requests={"call-1": [{"kind": "prayer", "fields": {"for": "Ann"}}] * 2}), "once"),
        (CALL, replace(KEPT, rooms=["local-1"]), "no room left"),
        (CALL, replace(KEPT, keys=["pickup:local:lease:call-1"]), "no key left"),
        (CALL, replace(KEPT, spooled=["spool.db (1)"]), "all written"),
        (CALL, replace(KEPT, refused=["complete_call_v1: why"]), "all written"),
        (CALL, replace(KEPT, carried={CALL.caller: {"ended_at": BEGAN + timedelta(seconds=50)}}), "minutes agree"),
    ],
)
def test_given_a_fault_then_its_rule_names_it(call: PhoneAccount, kept: Kept, rule: str) -> None:
    assert rules(call, kept) == [rule]


def test_given_an_agent_that_says_goodbye_then_the_call_is_not_dropped() -> None:
    assert rules(DROPPED, row(ended_by="agent", end_reason="goodbye")) == []


def test_given_a_recording_after_a_yes_or_a_deleted_one_then_nothing_is_wrong() -> None:
    assert rules(CALL, replace(KEPT, recordings=[RECORDING])) == []
    deleted = replace(KEPT, recordings=[RECORDING | {"deleted_at": BEGAN}], consents={"call-1": ["WITHDRAWN"]})
    assert rules(CALL, deleted) == []


@pytest.mark.parametrize(
    ("way", "target", "at", "excused"),
    [
        ("direct", "gateway", 29.0, True),
        ("direct", "redis", 25.0, True),
        ("direct", "gateway", 10.0, False),
        ("direct", "gateway", 50.0, False),
        ("direct", "worker", 29.0, False),
        ("carrier", "carrier", 29.0, True),
        ("carrier", "redis", 29.0, False),
        ("carrier", "gateway", 29.0, False),
    ],
)
def test_given_an_invite_that_met_a_strike_then_only_one_on_its_way_to_us_excuses_it(
    way: Any, target: str, at: float, excused: bool
) -> None:
    call = replace(UNANSWERED, way=way, ended_seconds=14.0)
    kept = replace(KEPT, records=[])
    found = rules(call, kept, Strike(at, "kill", target))
    assert found == ([] if excused else ["answered", "one record"])


@pytest.mark.parametrize(
    ("target", "excused"), [("gateway", True), ("livekit", True), ("job", False), ("redis", False)]
)
def test_given_a_process_that_carries_sound_killed_then_its_calls_may_end(target: str, excused: bool) -> None:
    lost = row(ended_by="system", end_reason="lost", ended_at=BEGAN + timedelta(seconds=20))
    assert rules(DROPPED, lost, Strike(40.0, "kill", target)) == ([] if excused else ["not dropped"])
    assert rules(DROPPED, lost, Strike(60.0, "kill", target)) == ["not dropped"]
