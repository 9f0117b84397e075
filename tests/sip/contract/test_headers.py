"""The contract of what the room is told about a call: attributes of the phone's participant."""

from pathlib import Path

from livekit import api
from sip_phones import sipp
from sip_world import World, both

from lab.sip.stack import SipStack

SIP_X_HEADERS = api.SIPHeaderOptions.SIP_X_HEADERS
SENT = {"X-Pickup-Call": "signed", "X-Tenant": "grace", "X-call_session_id": "session-1", "X-call_leg_id": "leg-1"}


async def attributes(world: World, phone: SipStack, **trunk: object) -> dict[str, str]:
    """Of the participant of a call with the headers SENT; and the call's own Call-ID as `Call-ID`."""
    async with world.line(**trunk) as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199", headers=SENT)
        caller = await world.caller(await world.room(line))
        told = {**caller.attributes, "Call-ID": leg.sip_call_id}
        assert (caller.identity, caller.name) == ("sip_+15035550199", "Phone +15035550199")
        assert told["sip.phoneNumber"] == "+15035550199"
        assert told["sip.trunkPhoneNumber"] == line.number
        assert (told["sip.trunkID"], told["sip.ruleID"]) == (line.trunk_id, line.rule_id)
        await leg.hang_up()
        await leg.ended()
    return told


async def test_given_a_call_when_in_its_room_then_its_participant_says_who_calls_whom(
    world: World, phone: SipStack
) -> None:
    """A participant of kind SIP with sip.callID, callIDFull, callStatus, phoneNumber, trunkPhoneNumber, trunkID, …"""
    told = await attributes(world, phone)

    assert told["sip.callID"].startswith("SCL_")
    assert told["sip.callIDFull"] == told["Call-ID"]
    assert told["sip.callStatus"] == "ringing"
    assert told["sip.hostname"]
    assert not [name for name in told if name.startswith("sip.h.")]


async def test_given_a_call_when_in_its_room_then_its_participant_has_the_tag_of_from(
    world: World, tmp_path: Path
) -> None:
    """sip.callTag is the tag of the caller's From header"""
    async with world.line(ringing_seconds=1) as line:

        async def tag() -> str:
            return (await world.caller(await world.room(line))).attributes["sip.callTag"]

        call, told = await both(sipp(world, "refused", line.number, tmp_path), tag())

    assert f";tag={told}\r\n" in call.messages or f";tag={told}\n" in call.messages, call


async def test_given_a_trunk_that_includes_x_headers_then_they_are_attributes(world: World, phone: SipStack) -> None:
    """include_headers SIP_X_HEADERS: each X- header is an attribute sip.h.x-…"""
    told = await attributes(world, phone, include_headers=SIP_X_HEADERS)

    assert told["sip.h.x-pickup-call"] == "signed"
    assert told["sip.h.x-tenant"] == "grace"
    assert "sip.h.from" not in told


async def test_given_a_trunk_that_maps_headers_then_they_are_the_attributes_it_names(
    world: World, phone: SipStack
) -> None:
    """headers_to_attributes: mapped headers under the names that the trunk gives"""
    told = await attributes(world, phone, headers_to_attributes={"X-Tenant": "pickup.tenant"})

    assert told["pickup.tenant"] == "grace"
    assert "sip.h.x-tenant" not in told


async def test_given_a_call_from_telnyx_then_its_ids_are_attributes_unasked(world: World, phone: SipStack) -> None:
    """Telnyx's ids without any mapping: sip.telnyx.callSessionID, sip.telnyx.callLegID"""
    told = await attributes(world, phone)

    assert told["sip.telnyx.callSessionID"] == "session-1"
    assert told["sip.telnyx.callLegID"] == "leg-1"


async def test_given_a_rule_with_an_agent_when_called_then_the_agent_is_dispatched(
    world: World, phone: SipStack
) -> None:
    """The rule's room_config makes the room: its agents are dispatched"""
    async with world.line() as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        room = await world.room(line)
        await world.caller(room)
        dispatched = await world.lk.agent_dispatch.list_dispatch(room)
        await leg.hang_up()
        await leg.ended()

    assert [each.agent_name for each in dispatched] == ["contract-agent"]
