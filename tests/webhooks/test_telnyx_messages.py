"""What the carrier may tell, as it is taken; and what is done about it when the carrier can't be commanded."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from telnyx_world import CALLER, NUMBER, PUBLIC_URL, CarrierApi, Legs, Telnyx, carrier_environment, record_of
from webhooks_world import Process

from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.domain.telephony.legs import LegNote, Play, Say
from shared.house_audio import FOLDER, house_voice
from shared.services import Services
from webhooks.telnyx import parse

# ---- what is told


@pytest.mark.parametrize("name", ["call.machine.detection.ended", "call.levitated"])
async def test_given_an_event_that_nothing_follows_from_when_told_then_it_is_kept(
    telnyx: Telnyx, services: Services, name: str
) -> None:
    legs = Legs()
    told = legs.event(name, result="human", height=3)
    answer = await telnyx.tell(told)
    assert answer.json() == {"event": name, "id": told["data"]["id"], "kept": True}
    (kept,) = (await record_of(services, legs)).events
    assert kept.key == f"carrier:{told['data']['id']}"
    assert telnyx.api.asked == 0


async def test_given_an_event_of_no_call_when_told_then_it_is_taken_and_ignored(
    telnyx: Telnyx, services: Services
) -> None:
    message = {"from": {"phone_number": CALLER}, "to": [{"phone_number": NUMBER}], "text": "hello"}
    for name, payload in (("message.received", message), ("call.initiated", {}), ("number_order.complete", {})):
        told = {"data": {"event_type": name, "id": "1", "payload": payload}}
        answer = await telnyx.tell(told)
        assert (answer.status_code, answer.json()["kept"]) == (200, False)
    assert await services.records.recent("local", 10) == []


@pytest.mark.parametrize("state", ["not base64!", "AAAA", "bm8gSlNPTg==", "W1tbW10=", "e30=", "eyJhZ2UiOiAzfQ=="])
async def test_given_a_note_that_isnt_ours_when_told_then_the_event_is_kept_all_the_same(
    telnyx: Telnyx, services: Services, state: str
) -> None:
    legs = Legs(note=state)
    await telnyx.all(legs.event("call.answered"))
    assert len((await record_of(services, legs)).events) == 1
    assert telnyx.api.asked == 0


def test_given_a_saved_recording_that_does_not_name_its_leg_when_read_then_our_note_does() -> None:
    state = base64.b64encode(LegNote("caller", "voicemail", caller_leg="leg-1").to_text().encode()).decode()
    payload = {"call_session_id": "s", "client_state": state, "recording_urls": {"wav": "https://files.example/1.wav"}}
    told = {"data": {"event_type": "call.recording.saved", "id": "e", "payload": payload}}
    _, event = parse(json.dumps(told).encode(), datetime.now(UTC))
    assert event is not None
    assert (event.leg_id, event.of_caller, event.recording_url) == ("leg-1", True, "https://files.example/1.wav")


NO_EVENTS = (
    b"", b"[]", b"null", b"{}", b"7", b"{", b"\xff\xfe", b'"call"', b'{"data": null}', b'{"data": []}', b'{"data": {}}',
    b'{"data": {"event_type": "call.hangup", "id": ""}}',
    b'{"data": {"event_type": 1, "id": "a", "payload": {}}}',
    b'{"data": {"event_type": "call.hangup", "id": "a", "payload": []}}',
    b'{"data": {"event_type": "call.hangup", "id": "a", "payload": {"call_control_id": [1]}}}',
    b'{"data": {"event_type": "call.hangup", "id": "a", "occurred_at": "soon", "payload": {}}}',
    b'{"data": {"event_type": "call.hangup", "id": "a", "occurred_at": "0001-01-01T00:00:00+14:00"}}',
    b'{"data": {"event_type": "call.hangup", "id": "a", "payload": {"from": "\\ud800"}}}',
    b'{"data": {"event_type": "call.hangup", "id": "a", "payload": {"recording_urls": ["x"]}}}',
    b"[" * 100_000,
    b'{"data":' * 30_000,
)  # fmt: skip


async def test_given_a_signed_body_that_is_no_event_when_told_then_it_is_refused_as_that(
    telnyx: Telnyx, services: Services
) -> None:
    for body in NO_EVENTS:
        answer = await telnyx.tell(body)
        assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid"), body[:200]
    assert await services.records.recent("local", 10) == []


# ---- the carrier can't be commanded


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_given_the_carrier_takes_no_commands_when_it_tells_again_then_it_is_done(
    telnyx: Telnyx, services: Services, status: int
) -> None:
    legs, api = Legs(), telnyx.api
    event = legs.initiated()
    api.fault = status
    answer = await telnyx.tell(event)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await record_of(services, legs)).did == NUMBER, "it was kept all the same"
    api.fault, asked = None, api.asked
    assert asked == (2 if status == 429 else 3), "a command is repeated"
    await telnyx.all(event, event)
    assert (api.of(legs.leg), api.asked) == (["transfer"], asked + 1)
    assert len((await record_of(services, legs)).events) == 1


@pytest.mark.parametrize(("status", "struck"), [(500, 1), (503, 2), (504, 2), (429, 1)])
async def test_given_a_command_that_fails_for_a_moment_then_it_is_repeated_with_the_same_id_and_done_once(
    telnyx: Telnyx, status: int, struck: int
) -> None:
    legs, api = Legs(), telnyx.api
    api.fault, api.faults = status, struck
    assert (await telnyx.tell(legs.initiated())).status_code == 200
    assert (api.of(legs.leg), api.asked) == (["transfer"], struck + 1)


async def test_given_a_carrier_that_refuses_all_for_good_then_the_webhook_is_no_success_and_an_operator_knows(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    telnyx.api.fault = 403
    assert (await telnyx.tell(legs.initiated())).status_code == 500, "the failover address may be able to"
    assert telnyx.api.asked == 4, "transfer, answer, reject, hangup"
    assert [each.kind for each in (await record_of(services, legs, 5)).events].count("command_refused") == 4


async def test_given_duplicates_at_once_when_the_carrier_takes_no_commands_then_it_is_asked_once_for_all(
    telnyx: Telnyx,
) -> None:
    event = Legs().initiated()
    telnyx.api.fault, telnyx.api.fault_seconds = 500, 0.2
    answers = await asyncio.gather(*(telnyx.tell(event) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {503}
    assert telnyx.api.asked < 10, "those that came together share one try"


async def test_given_the_carrier_is_away_when_told_then_it_is_to_tell_again(
    serve: Callable[..., Process], api: CarrierApi, services: Services
) -> None:
    alone = serve(**carrier_environment("http://127.0.0.1:1/v2"))
    legs = Legs()
    async with httpx.AsyncClient(base_url=alone.ready["url"], timeout=20, trust_env=False) as client:
        assert (await Telnyx(client, api).tell(legs.initiated())).status_code == 503
    assert (await record_of(services, legs)).disposition is None


async def test_given_a_leg_that_has_ended_when_it_should_be_commanded_then_the_event_is_done_with(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs()
    telnyx.api.end(legs.leg)
    await telnyx.all(legs.initiated())
    assert telnyx.api.done == []


async def test_given_an_old_event_when_told_then_it_is_kept_and_nothing_is_done(
    telnyx: Telnyx, services: Services
) -> None:
    legs = Legs(began=(services.clock.now() - timedelta(minutes=5)).timestamp())
    await telnyx.all(legs.initiated())
    assert telnyx.api.asked == 0
    assert len((await record_of(services, legs)).events) == 1


def test_given_a_recording_when_the_carrier_plays_it_then_its_name_is_that_of_its_file() -> None:
    note = LegNote("caller")
    played = house_voice(f"{PUBLIC_URL}/")(TECHNICAL_TROUBLE, note)
    assert isinstance(played, Play)
    assert played.url.startswith(f"{PUBLIC_URL}/lines/")
    assert (FOLDER / played.url.rpartition("/")[2].replace(".wav", ".ogg")).exists()
    assert house_voice(PUBLIC_URL)("Words that nobody recorded.", note) == Say(
        "Words that nobody recorded.", "en", note
    )


@pytest.mark.requirement("DU-54")
def test_given_a_callers_attestation_when_read_then_only_a_valid_one_of_the_highest_level_vouches() -> None:
    def attested(**stir: object) -> bool:
        leg = {"call_control_id": "leg-1", "call_session_id": "s", "direction": "incoming", "from": "+12065550142"}
        data = {"event_type": "call.initiated", "id": "e", "payload": leg | stir}
        _, event = parse(json.dumps({"data": data}).encode(), datetime.now(UTC))
        assert event is not None
        return event.attested

    level, valid = "shaken_stir_attestation", "shaken_stir_validated"
    assert attested(**{level: "A", valid: True}) and attested(**{level: "a", valid: True})
    for stir in ({}, {level: "A"}, {level: "A", valid: False}, {level: "B", valid: True}, {level: "C", valid: True},
                 {level: None, valid: True}, {level: "A", valid: None}):  # fmt: skip
        assert not attested(**stir), stir
