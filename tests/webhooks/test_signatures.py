"""Who may tell us things."""

import base64
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from telnyx_world import PUBLIC_KEY, SIGNING, Legs, Telnyx, signature_of
from webhooks_world import Webhooks, caller, event, room_name, token_for

from shared.domain.telephony.rooms import call_id_of
from shared.errors import ConfigError
from shared.services import Services
from webhooks.signatures import SignatureError, telnyx_key, verify_telnyx

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
    assert await services.records.find(call_id_of(room)) is None


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


# ---- Telnyx's


@pytest.mark.requirement("DU-68")
async def test_given_a_bad_signature_of_telnyx_when_told_then_it_is_refused_before_it_is_read(
    telnyx: Telnyx, services: Services
) -> None:
    for body in (json.dumps(Legs().initiated()).encode(), b"not even JSON", b""):
        good = signature_of(body)
        name, stamp = good
        bad = (
            {}, {name: good[name]}, {stamp: good[stamp]}, good | {name: ""}, good | {name: "not base64!"},
            good | {name: "AAAA"}, good | {stamp: str(int(good[stamp]) + 1)}, good | {stamp: f"{good[stamp]}.0"},
            good | {stamp: "-1"}, good | {stamp: "9" * 5000}, good | {stamp: "NaN"},
            signature_of(body + b" "), signature_of(body, key=Ed25519PrivateKey.generate()),
        )  # fmt: skip
        for headers in bad:
            answer = await telnyx.client.post("/telnyx", content=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid"), headers
    assert await services.records.recent("local", 10) == []
    assert telnyx.api.asked == 0


@pytest.mark.requirement("DU-68")
async def test_given_a_signature_of_telnyx_of_some_age_when_told_then_five_minutes_hold(
    telnyx: Telnyx, services: Services
) -> None:
    # of the clock's second some may be over already, so that 300 is left to the test below
    aged = {age: Legs() for age in (299.0, 302.0, -298.0, -302.0)}
    answers = {age: await telnyx.tell(legs.event("call.bridged"), age=age) for age, legs in aged.items()}
    assert {age: answer.status_code for age, answer in answers.items()} == {299: 200, 302: 401, -298: 200, -302: 401}
    found = {age: await services.records.find(legs.call_id) for age, legs in aged.items()}
    assert [age for age, record in found.items() if record is not None] == [299, -298]


@pytest.mark.parametrize(("age", "holds"), [(299, True), (300, True), (301, False), (-299, True), (-301, False)])
def test_given_an_age_to_the_second_when_verified_then_300_seconds_hold_either_way(age: int, holds: bool) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    stamp = str(int(now.timestamp()) - age)
    signature = base64.b64encode(SIGNING.sign(f"{stamp}|{{}}".encode())).decode()
    if holds:
        verify_telnyx(b"{}", signature, stamp, PUBLIC_KEY, now)
    else:
        with pytest.raises(SignatureError):
            verify_telnyx(b"{}", signature, stamp, PUBLIC_KEY, now)


@pytest.mark.parametrize("key", ["", "not base64!", "AAAA", PUBLIC_KEY[:-4]])
def test_given_a_public_key_that_is_none_when_loaded_then_the_setting_is_named(key: str) -> None:
    with pytest.raises(ConfigError, match="TELNYX_PUBLIC_KEY"):
        telnyx_key(key)
