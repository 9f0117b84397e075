"""What the adapter sends to Telnyx, held to the types of its published SDK; and when it sends a command again."""

import time

import pytest
from telnyx_types import misfits
from telnyx_world import API_KEY, CarrierApi, api, shared_api

from shared.adapters.telnyx import open_telnyx
from shared.domain.telephony.legs import Answer, Command, Hangup, LegNote, Play, Record, Reject, Say, Transfer
from shared.domain.telephony.rooms import SipLogin
from shared.errors import CarrierError

NOTE = LegNote("caller", "ringing", caller_leg="v3:leg", fallback="forward", did="+12065550100")
AGENT, PHONE, CALLER = "sip:+12065550100@sip.example", "+12065550177", "+12065550142"
COMMANDS: list[Command] = [
    Answer(NOTE),
    Transfer(AGENT, CALLER, 8, NOTE, NOTE, {"X-Pickup-Call": "signed.token"}),
    Transfer(AGENT, "", 8, NOTE, NOTE, login=SipLogin("carrier", "a password of twenty letters")),
    Transfer(PHONE, CALLER, 30, NOTE, NOTE, diversion="+12065550100"),
    Transfer(PHONE, "", 30, NOTE, NOTE, diversion="+12065550100"),
    Play("https://hooks.example/lines/1.wav", NOTE),
    Say("Please call again.", "en", NOTE),
    Say("Vuelva a llamar.", "es", NOTE),
    Say("Bitte.", "de", NOTE),
    Record(120, 5, NOTE),
    Reject(),
    Reject("CALL_REJECTED"),
    Hangup(),
]

__all__ = ["api", "shared_api"]


async def test_given_each_command_when_sent_then_its_body_is_as_telnyx_publishes_it(api: CarrierApi) -> None:
    async with open_telnyx(API_KEY, api.url) as carrier:
        for number, command in enumerate(COMMANDS):
            await carrier.do("v3:leg", command, f"event:{number}")
    sent = [(command.action, command.fields) for command in api.done]
    assert len(sent) == len(COMMANDS)
    assert [found for action, fields in sent if (found := misfits(action, fields))] == []


def test_given_bodies_that_are_not_as_published_when_held_to_the_types_then_each_is_found() -> None:
    assert misfits("transfer", {"to": AGENT, "headers": []}) == ["headers isn't known"]
    assert misfits("reject", {"cause": "BORED"}) and misfits("reject", {}) == ["cause is missing"]
    assert misfits("transfer", {"to": AGENT, "timeout_secs": "8"})
    assert misfits("transfer", {"to": AGENT, "custom_headers": [{"name": "X-Pickup-Call"}]})


async def test_given_no_answer_within_half_a_second_when_commanded_then_it_is_sent_again_and_done_once(
    api: CarrierApi,
) -> None:
    api.fault, api.faults, api.fault_seconds = 500, 1, 0.7
    async with open_telnyx(API_KEY, api.url) as carrier:
        await carrier.do("v3:leg", Hangup(), "key")
    assert (api.of("v3:leg"), api.asked) == (["hangup"], 2)


async def test_given_a_carrier_that_is_away_when_commanded_then_it_is_told_within_the_limit(api: CarrierApi) -> None:
    api.fault, api.fault_seconds = 503, 0.3
    began = time.monotonic()
    async with open_telnyx(API_KEY, api.url, call_seconds=1.5) as carrier:
        with pytest.raises(CarrierError) as caught:
            await carrier.do("v3:leg", Hangup(), "key")
    assert caught.value.retryable
    assert (api.asked, time.monotonic() - began < 1.9) == (3, True)


@pytest.mark.parametrize("status", [401, 403, 404, 422])
async def test_given_a_refusal_for_good_when_commanded_then_it_is_not_sent_again(api: CarrierApi, status: int) -> None:
    api.fault = status
    async with open_telnyx(API_KEY, api.url) as carrier:
        with pytest.raises(CarrierError) as caught:
            await carrier.do("v3:leg", Hangup(), "key")
    assert (caught.value.status, caught.value.retryable, caught.value.leg_gone, api.asked) == (status, False, False, 1)
