"""What a tenant's webhook is told of a finished call."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shared.domain.finished_call import FinishedCall, Said, body_of, private

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CALL = FinishedCall(
    call_id="c4f2a91b03",
    direction="inbound",
    did="+12065550100",
    caller="+12065550142",
    template="church",
    template_version="3",
    ringing_at=NOON,
    answered_at=NOON + timedelta(seconds=1),
    ended_at=NOON + timedelta(seconds=61),
    completed_at=NOON + timedelta(seconds=62),
    disposition="ANSWERED",
    outcome="REQUEST_TAKEN",
    achieved=("order confirmed",),
    ended_by="caller",
    end_reason="caller_hung_up",
    cost_usd=Decimal("0.012345"),
    result={"reason": "prayer", "people": None},
    result_wanted=True,
    result_cost_usd=Decimal("0.0003"),
    utterances=None,
)


def test_given_a_call_then_its_body_has_result_times_outcome_template_and_cost() -> None:
    assert body_of(CALL) == {
        "type": "call.completed",
        "timestamp": "2026-05-04T12:01:02+00:00",
        "data": {
            "call_id": "c4f2a91b03",
            "direction": "inbound",
            "number": "+12065550100",
            "caller": "+12065550142",
            "template": "church",
            "template_version": "3",
            "ringing_at": "2026-05-04T12:00:00+00:00",
            "answered_at": "2026-05-04T12:00:01+00:00",
            "ended_at": "2026-05-04T12:01:01+00:00",
            "disposition": "ANSWERED",
            "outcome": "REQUEST_TAKEN",
            "achieved": ["order confirmed"],
            "ended_by": "caller",
            "end_reason": "caller_hung_up",
            "cost_usd": "0.012645",
            "result": {"reason": "prayer", "people": None},
        },
    }


def test_given_a_cost_that_is_unknown_in_part_then_the_whole_is_unknown() -> None:
    unknown = [
        replace(CALL, cost_usd=None),
        replace(CALL, result_cost_usd=None),
        replace(CALL, cost_usd=None, result_wanted=False),
    ]
    assert [body_of(call)["data"]["cost_usd"] for call in unknown] == [None] * 3
    assert body_of(replace(CALL, result_wanted=False, result_cost_usd=None))["data"]["cost_usd"] == "0.012345"


def test_given_a_transcript_of_events_then_a_secret_given_in_pieces_is_masked_in_all_of_them() -> None:
    said = (
        Said("agent", "How can I help?", 1.0),
        Said("caller", "My card number is 4111 1111", 3.0),
        Said("caller", "1111 1111", 6.0),
        Said("agent", "I can't take that.", 8.0),
        Said("caller", "Then call me at 206 555 0142.", 12.0),
    )
    kept = private(said)
    assert [each.at_seconds for each in kept] == [1.0, 3.0, 6.0, 8.0, 12.0]
    told = " ".join(each.text for each in kept)
    assert "1111" not in told and "card number" in told and "206 555 0142" in told
    assert private(kept) == kept
    body = body_of(replace(CALL, utterances=said))
    assert [line["text"] for line in body["data"]["transcript"]] == [each.text for each in kept]
