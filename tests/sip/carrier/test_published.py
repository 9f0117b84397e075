"""The lab's carrier says and takes nothing but what Telnyx publishes, by the types of its SDK."""

import asyncio

from carrier_world import CALLER, World
from telnyx_types import parameters, strange, strange_application

from lab.carrier.commands import FIELDS

EVENTS = {
    "call.initiated", "call.answered", "call.bridged", "call.hangup", "call.playback.started", "call.playback.ended",
    "call.speak.started", "call.speak.ended", "call.recording.saved", "call.recording.error", "call.dtmf.received",
}  # fmt: skip


async def test_given_a_call_with_every_event_when_reported_then_each_is_as_telnyx_publishes_it(world: World) -> None:
    customer = world.customer
    phone, leg = await world.answered()
    await customer.do(leg, "playback_start", audio_url=f"{customer.url}/tone.wav")
    await customer.do(leg, "playback_start", audio_url=f"{customer.url}/missing.wav")
    await customer.do(leg, "speak", payload="Hello", voice="female")
    await customer.until("call.speak.ended")
    await customer.do(leg, "record_start", format="wav", channels="single", max_length=1)
    await customer.until("call.recording.saved")
    await world.control.faults(commands=[{"command": "record_start", "outcome": "Internal server error"}])
    await customer.do(leg, "record_start", format="wav", channels="single")
    await phone.press("1")
    await customer.do(leg, "transfer", to=world.agent, **{"from": CALLER})
    agent = await world.ring()
    await agent.answer()
    await customer.until("call.bridged")
    await phone.hang_up()
    await asyncio.wait_for(agent.ended(), 2)
    await customer.until("call.hangup")
    session = customer.came[0].payload["call_session_id"]
    sent = [one["event"] for one in await world.control.webhooks()]
    mine = [one for one in sent if one["payload"]["call_session_id"] == session]
    assert {one["event_type"] for one in mine} == EVENTS
    assert [found for one in mine for found in strange(one)] == []
    answer = (await customer.client.get("call_control_applications")).raise_for_status()
    assert [found for one in answer.json()["data"] for found in strange_application(one)] == []


def test_given_a_command_when_held_to_the_types_then_the_carrier_takes_no_parameter_that_isnt_published() -> None:
    for command, fields in FIELDS.items():
        assert fields <= set(parameters(command)), command
