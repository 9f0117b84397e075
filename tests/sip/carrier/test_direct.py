"""Direct mode: the INVITE goes straight to a SIP address, with Telnyx's headers and without a webhook."""

import asyncio
from dataclasses import replace

import pytest
from carrier_world import CALLER, FRIEND, World
from sip_people import PHONE_HZ, Talk
from sip_world import until

from lab.carrier.route import Route
from lab.stack.ports import free_port


async def test_given_direct_mode_when_answered_then_they_talk_and_the_headers_name_call_and_leg(world: World) -> None:
    await world.route(mode="sip", webhook_url="", gateway=world.stack.address)
    phone = await world.call()
    agent = await world.ring()
    assert (agent.dialled, agent.caller) == (world.did, CALLER)
    (call,) = [call for call in await world.control.calls() if call["did"] == world.did]
    invite = world.stack.message_of(agent)
    assert invite
    assert invite.header("X-call_session_id") == call["call_session_id"]
    assert invite.header("X-call_leg_id") == call["legs"][0]["call_leg_id"]
    await agent.answer()
    async with Talk(phone), Talk(agent, hertz=440) as answerer:
        await until(lambda: abs(answerer.hears - PHONE_HZ) < 10, 3, "the agent hears the caller")
    await phone.hang_up()
    await asyncio.wait_for(agent.ended(), 2)
    assert world.customer.came == []


def test_given_a_failed_call_in_direct_mode_then_only_a_customer_who_was_not_reached_is_forwarded() -> None:
    route = Route("+12065550100", "sip", gateway="127.0.0.1:5060", forward_on_failure=FRIEND)
    codes = (200, 403, 404, 408, 480, 486, 500, 503, 504, 603)
    assert [code for code in codes if route.forwards(code, rang=False)] == [408, 480, 503, 504]
    assert not any(route.forwards(code, rang=True) for code in codes)
    assert not replace(route, forward_on_failure=None).forwards(503, rang=False)


async def test_given_direct_mode_without_a_forward_when_refused_then_the_caller_is_told_that_code(world: World) -> None:
    await world.route(mode="sip", webhook_url="", gateway=world.stack.address)
    phone = await world.call()
    await (await world.ring()).refuse(486)
    assert (await asyncio.wait_for(phone.ended(), 3)).sip_code == 486


@pytest.mark.parametrize("code", [486, 503])
async def test_given_direct_mode_with_a_forward_when_it_rang_and_is_refused_then_that_counts_as_reached(
    world: World, code: int
) -> None:
    await world.route(mode="sip", webhook_url="", gateway=world.stack.address, forward_on_failure=FRIEND)
    phone = await world.call()
    await (await world.ring()).refuse(code)
    assert (await asyncio.wait_for(phone.ended(), 3)).sip_code == code


async def test_given_direct_mode_when_nobody_is_at_the_address_then_the_number_s_own_forward_rings(
    world: World,
) -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    await world.route(mode="sip", webhook_url="", gateway=nowhere, forward_on_failure=FRIEND)
    await world.call()
    assert (await world.ring(7)).dialled == FRIEND
