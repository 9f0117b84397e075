"""Who may tell us things."""

import json
import time
from typing import Any

from webhooks_world import Webhooks, caller, event, room_name, token_for

from shared.domain.rooms import call_id_of
from shared.wiring import Services

BAD_TOKENS: list[dict[str, Any]] = [
    {"secret": "another secret of the same length, more or less"},
    {"iss": "another key"},
    {"age": 361.0},
    {"exp": None},
    {"sha256": None},
    {"sha256": "not base64!"},
    {"sha256": "AAAA"},
    {"nbf": int(time.time()) + 3600},
]


async def test_given_a_bad_signature_when_told_then_it_is_refused_before_it_is_read(
    webhooks: Webhooks, services: Services
) -> None:
    room = room_name()
    for token in BAD_TOKENS:
        for body in (json.dumps(event("participant_joined", room, participant=caller())).encode(), b"not even JSON"):
            answer = await webhooks.tell(body, **token)
            assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid"), token
    assert await services.calls.find(call_id_of(room)) is None


async def test_given_no_signature_or_another_bodys_when_told_then_it_is_refused(webhooks: Webhooks) -> None:
    body = json.dumps(event("participant_joined", room_name())).encode()
    bearer = {"Authorization": f"Bearer {token_for(body)}"}
    for headers in ({}, {"Authorization": ""}, {"Authorization": token_for(b"other")}, bearer):
        answer = await webhooks.client.post("/livekit", content=body, headers=headers)
        assert answer.status_code == 401


async def test_given_a_signature_of_some_age_when_told_then_five_minutes_and_one_of_slack_hold(
    webhooks: Webhooks,
) -> None:
    answers = [await webhooks.tell(event("room_started", room_name()), age=age) for age in (0.0, 358.0, 361.0)]
    assert [answer.status_code for answer in answers] == [200, 200, 401]
