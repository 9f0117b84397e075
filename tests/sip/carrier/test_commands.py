"""What the carrier answers to commands: Telnyx's statuses and codes, and each command once."""

import asyncio

import httpx
import pytest
from carrier_world import CALLER, FRIEND, World
from sip_world import until


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["code"]


async def test_given_a_ringing_leg_then_each_wrong_command_is_refused_and_it_rings_on(world: World) -> None:
    customer = world.customer
    phone = await world.call()
    leg = (await customer.until("call.initiated")).payload["call_control_id"]
    wrong = {"authorization": "Bearer wrong"}
    for refused, expected in (
        (await customer.client.post(f"calls/{leg}/actions/answer", json={}, headers=wrong), (401, "10009")),
        (await customer.command("v3:nobody", "answer"), (404, "10005")),
        (await customer.command(leg, "dance"), (404, "10005")),
        (await customer.command(leg, "playback_start", audio_url="http://127.0.0.1/x.wav"), (422, "90034")),
        (await customer.command(leg, "record_start", format="wav", channels="single"), (422, "90034")),
        (await customer.command(leg, "transfer"), (422, "10004")),
        (await customer.command(leg, "transfer", to="206 555 0100"), (422, "10016")),
        (await customer.command(leg, "transfer", to=world.agent, timeout_secs=4), (422, "10033")),
        (await customer.command(leg, "transfer", to=world.agent, custom_headers=["x"]), (422, "10015")),
        (await customer.command(leg, "answer", client_state="not base64!"), (422, "10015")),
        (await customer.command(leg, "transfer", to=world.agent, **{"from": "anonymous"}), (422, "10016")),
        (await customer.command(leg, "transfer", to=world.agent, **{"from": "sip:me@example.com"}), (422, "10016")),
        (await customer.command(leg, "transfer", to=world.agent, privacy="yes"), (422, "10032")),
        (await customer.command(leg, "transfer", to=FRIEND, diversion="12065550100"), (422, "10016")),
        (await customer.command(leg, "transfer", to=FRIEND, diversion="+12065550199"), (403, "10010")),
        (await customer.command(leg, "transfer", to=world.agent, sip_header="x"), (422, "10015")),
        (await customer.command(leg, "reject", cause="NOT_FOUND"), (422, "10032")),
        (await customer.command(leg, "reject", cause="BORED"), (422, "10032")),
        (await customer.client.post(f"calls/{leg}/actions/answer", content=b"{"), (422, "10015")),
    ):
        assert code_of(refused) == expected, refused.request.url
    assert phone.ending is None and not phone.established.is_set()
    assert customer.names == ["call.initiated"]
    assert (await world.legs())[0]["commands"] == []


async def test_given_a_command_id_when_asked_again_then_it_is_done_once_also_after_the_end(world: World) -> None:
    customer = world.customer
    phone, leg = await world.answered()
    for _ in range(2):
        await customer.do(leg, "playback_start", audio_url=f"{customer.url}/tone.wav", command_id="play-1")
    await customer.until("call.playback.ended")
    await customer.do(leg, "hangup", command_id="end-1")
    await asyncio.wait_for(phone.ended(), 2)
    await customer.do(leg, "hangup", command_id="end-1")
    assert code_of(await customer.command(leg, "hangup", command_id="end-2")) == (422, "90018")
    assert code_of(await customer.command(leg, "speak", payload="Hello", voice="female")) == (422, "90018")
    await until(lambda: "call.hangup" in customer.names, 2, "the end")
    assert customer.names.count("call.playback.started") == customer.names.count("call.hangup") == 1


async def test_given_faults_of_commands_then_each_strikes_the_calls_and_times_that_it_names(world: World) -> None:
    customer = world.customer
    await world.control.faults(
        commands=[
            {"command": "answer", "caller": "+12065550143", "status": 503},
            {"command": "answer", "caller": CALLER, "status": 422, "code": "90033", "times": 1},
            {"command": "playback_start", "outcome": "file_not_found"},
            {"command": "record_start", "outcome": "Internal server error"},
        ]
    )
    await world.call()
    leg = (await customer.until("call.initiated")).payload["call_control_id"]
    assert code_of(await customer.command(leg, "answer")) == (422, "90033")
    await customer.do(leg, "answer")
    await customer.until("call.answered")
    await customer.do(leg, "playback_start", audio_url=f"{customer.url}/tone.wav", client_state="b25l")
    await customer.until("call.playback.ended", status="file_not_found", client_state="b25l")
    await customer.do(leg, "record_start", format="wav", channels="single")
    await customer.until("call.recording.error", reason="Internal server error")
    assert "call.playback.started" not in customer.names
    with pytest.raises(httpx.HTTPStatusError):
        await world.control.faults(commands=[{"command": "answer", "mood": "bad"}])


@pytest.mark.parametrize(("cause", "code"), [("CALL_REJECTED", 603), ("USER_BUSY", 486)])
async def test_given_a_reject_then_the_caller_is_told_its_code(world: World, cause: str, code: int) -> None:
    world.customer.decisions["call.initiated"] = world.does("reject", cause=cause)
    phone = await world.call()
    assert (await asyncio.wait_for(phone.ended(), 3)).sip_code == code
    assert (await world.customer.until("call.hangup")).payload["sip_hangup_cause"] == str(code)


async def test_given_a_number_that_nobody_has_then_the_caller_is_told_404(world: World) -> None:
    phone = await world.stack.dial(f"sip:+12065550111@{world.carrier.sip}", caller="+12065550142")
    assert (await asyncio.wait_for(phone.ended(), 3)).sip_code == 404
