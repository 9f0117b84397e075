from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.call import CallRecord
from shared.domain.pickup_figures import pickup_figures
from shared.domain.reasons import Reason

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def call(reason: str = "NUMBER_BOUND", answered: float | None = 1.0, ended: float = 60.0, **more: Any) -> CallRecord:
    """A call that was answered and ended so many seconds after its first ring."""

    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None else NOON + timedelta(seconds=seconds)

    served = answered is not None
    known: dict[str, Any] = {
        "call_id": "c", "stage": "local", "release": "r", "tenant_id": None, "tenant_name": None, "template": None,
        "did": None, "caller": None, "decision": {"reason": reason}, "ringing_at": NOON, "answered_at": at(answered),
        "ended_at": at(ended), "disposition": "ANSWERED" if served else "ABANDONED",
        "outcome": "QUESTION_ANSWERED" if served else "NOT_ANSWERED", "ended_by": "caller", "end_reason": "over",
        "cost_usd": None, "cost_items": {}, "transcript": (), "usage": (),
    }  # fmt: skip
    return CallRecord(**(known | more))


@pytest.mark.requirement("PT-14")
def test_given_calls_that_met_each_decision_then_each_reason_has_its_own_count() -> None:
    reasons = [reason.value for reason in Reason]
    found = pickup_figures([call(reason) for place, reason in enumerate(reasons) for _ in range(place + 1)])
    assert found.reasons == {reason: place + 1 for place, reason in enumerate(reasons)}
    apart = {"DIRECTORY_ERROR", "OVER_LIMIT", "NUMBER_UNKNOWN", "NUMBER_WITHOUT_TENANT"}
    assert len({found.reasons[reason] for reason in apart}) == len(apart)
    assert pickup_figures([replace(call(), decision={})]).reasons == {"none": 1}


@pytest.mark.requirement("RP-65")
@pytest.mark.requirement("RP-40", part="the share, and whether it suffices; no release is refused by it yet")
def test_given_calls_then_those_given_up_at_once_dont_count_and_an_announcement_is_no_answer() -> None:
    served = [call() for _ in range(18)]
    at_once = call(answered=None, ended=2.0)
    waited = call(answered=None, ended=2.1)
    announced = call("OVER_LIMIT", outcome="ANNOUNCED")
    elsewhere = [call(answered=None, synthetic=True), call(answered=None, direction="outbound")]
    going_on = replace(call(), ended_at=None)
    found = pickup_figures([*served, at_once, waited, announced, *elsewhere, going_on])
    assert (found.offered, found.answered, found.given_up, found.share) == (20, 18, 1, 0.9)
    assert not found.enough and pickup_figures([*served, call(), waited]).enough
    assert pickup_figures([at_once]).share is None
    # our side's hang-up isn't the caller's
    ours = pickup_figures([replace(at_once, ended_by="system")])
    assert (ours.offered, ours.share) == (1, 0.0)


@pytest.mark.requirement("RP-64")
def test_given_answered_calls_then_their_time_is_from_the_offer_to_the_answer() -> None:
    found = pickup_figures([call(answered=seconds / 10) for seconds in range(20, 0, -1)])
    assert (found.percentile(0.5), found.percentile(0.95), found.percentile(1.0)) == (1.0, 1.9, 2.0)
    assert pickup_figures([call(answered=None)]).percentile(0.5) is None
