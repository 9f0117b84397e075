"""A caller is passed on: a leg more, both heard by each other, and all of it told."""

import asyncio
import time

import pytest
from carrier_world import CALLER, FRIEND, WAV_HZ, Told, World
from sip_people import PHONE_HZ, Talk
from sip_world import until

STATE, LEG_STATE = "Y2FsbGVy", "bGVn"
AGENT_HZ = 440


def hangup_of(told: Told) -> tuple[str, str, str]:
    return tuple(told.payload[name] for name in ("hangup_cause", "hangup_source", "sip_hangup_cause"))  # type: ignore[return-value]


async def test_given_a_transfer_when_it_is_answered_then_both_hear_each_other_and_all_is_told(world: World) -> None:
    customer = world.customer
    customer.decisions["call.initiated"] = world.passes_on(
        client_state=STATE,
        target_leg_client_state=LEG_STATE,
        custom_headers=[{"name": "X-Pickup-Call", "value": "signed.token"}],
    )
    phone = await world.call()
    agent = await world.ring()
    invite = world.stack.message_of(agent)
    assert invite and invite.header("X-Pickup-Call") == "signed.token"
    assert (agent.caller, agent.dialled) == (CALLER, world.did)
    assert not phone.established.is_set(), "the caller hears ringing"
    await agent.answer()
    async with Talk(phone) as caller, Talk(agent, hertz=AGENT_HZ) as answerer:
        await until(lambda: abs(caller.hears - AGENT_HZ) < 10, 3, "the caller hears the agent")
        await until(lambda: abs(answerer.hears - PHONE_HZ) < 10, 3, "the agent hears the caller")
        await phone.press("4#")
        async with asyncio.timeout(3):
            digits = agent.digits()
            assert [await anext(digits), await anext(digits)] == ["4", "#"]
    await agent.hang_up()
    await asyncio.wait_for(phone.ended(), 2)
    await until(lambda: {"call.hangup", "call.hangup+"} <= set(customer.names), 2, "the end")
    assert [name for name in customer.names if "dtmf" not in name][:6] == [
        "call.initiated", "call.initiated+", "call.answered+", "call.answered", "call.bridged", "call.bridged+",
    ]  # fmt: skip
    first, second = await world.legs()
    for told in customer.came[1:]:
        ours = told.payload["call_leg_id"] == first["call_leg_id"]
        assert told.payload["client_state"] == (STATE if ours else LEG_STATE)
    assert len({told.payload["call_session_id"] for told in customer.came}) == 1
    for leg in (first, second):
        end = await customer.until("call.hangup", call_leg_id=leg["call_leg_id"])
        assert hangup_of(end) == ("normal_clearing", "callee", "200")


async def test_given_nobody_answers_within_the_limit_then_the_caller_can_be_answered_and_told_so(world: World) -> None:
    customer = world.customer
    customer.decisions["call.initiated"] = world.passes_on(timeout_secs=5)
    customer.decisions["call.answered"] = world.does("playback_start", audio_url=f"{customer.url}/tone.wav")
    customer.decisions["call.playback.ended"] = world.does("hangup")
    began = time.monotonic()
    phone = await world.call()
    agent = await world.ring()
    end = await customer.until("call.hangup", 7)
    assert 4.9 < time.monotonic() - began < 6.9
    assert hangup_of(end) == ("timeout", "unknown", "487")
    assert end.payload["to"] == world.agent
    await asyncio.wait_for(agent.ended(), 2)
    assert agent.ending and agent.ending.reason == "cancelled"
    assert phone.ending is None, "the caller's leg still rings"
    caller_leg = customer.came[0].payload["call_control_id"]
    await customer.do(caller_leg, "answer")
    async with Talk(phone) as caller:
        await until(lambda: abs(caller.hears - WAV_HZ) < 10, 3, "the caller hears the WAV")
    await asyncio.wait_for(phone.ended(), 3)
    ended = await customer.until("call.playback.ended")
    assert ended.payload["status"] == "completed"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (486, ("user_busy", "callee", "486")),
        (603, ("call_rejected", "callee", "603")),
        (404, ("not_found", "callee", "404")),
        (503, ("unspecified", "callee", "503")),
    ],
)
async def test_given_the_other_side_refuses_then_the_cause_is_told_and_the_caller_still_rings(
    world: World, code: int, told: tuple[str, str, str]
) -> None:
    world.customer.decisions["call.initiated"] = world.passes_on()
    phone = await world.call()
    agent = await world.ring()
    await agent.refuse(code)
    assert hangup_of(await world.customer.until("call.hangup")) == told
    assert phone.ending is None
    await world.customer.do(world.customer.came[0].payload["call_control_id"], "reject", cause="USER_BUSY")
    assert (await asyncio.wait_for(phone.ended(), 2)).sip_code == 486


async def test_given_the_caller_gives_up_while_it_rings_then_the_other_leg_is_cancelled_too(world: World) -> None:
    world.customer.decisions["call.initiated"] = world.passes_on()
    phone = await world.call()
    agent = await world.ring()
    await phone.hang_up()
    await asyncio.wait_for(agent.ended(), 2)
    await until(lambda: {"call.hangup", "call.hangup+"} <= set(world.customer.names), 2, "both ends")
    for told in world.customer.came:
        if told.name == "call.hangup":
            assert hangup_of(told) == ("originator_cancel", "caller", "487")


async def test_given_numbers_when_transferred_to_then_a_known_one_rings_and_another_is_not_found(world: World) -> None:
    customer = world.customer
    customer.decisions["call.initiated"] = world.passes_on(to=FRIEND, privacy="id")
    await world.call()
    friend = await world.ring()
    assert (friend.dialled, friend.caller) == (FRIEND, "anonymous")
    await friend.refuse(486)
    await customer.until("call.hangup", hangup_cause="user_busy")
    leg = customer.came[0].payload["call_control_id"]
    await customer.do(leg, "transfer", to=FRIEND, diversion=world.did, **{"from": CALLER})
    friend = await world.ring()
    invite = world.stack.message_of(friend)
    assert invite and friend.caller == CALLER
    assert (invite.header("Diversion") or "").startswith(f"<sip:{world.did}@")
    await friend.refuse(486)
    await until(lambda: customer.names.count("call.hangup+") == 2, 3, "the second is over")
    await customer.do(customer.came[0].payload["call_control_id"], "transfer", to="+12065550199")
    assert hangup_of(await customer.until("call.hangup", to="+12065550199")) == ("not_found", "unknown", "404")


async def test_given_a_caller_who_talks_when_passed_on_then_the_one_before_is_left_and_the_next_is_heard(
    world: World,
) -> None:
    customer = world.customer
    customer.decisions["call.initiated"] = world.passes_on()
    phone = await world.call()
    agent = await world.ring()
    await agent.answer()
    bridged = await customer.until("call.bridged", **{"from": CALLER, "to": world.did})
    await customer.do(bridged.payload["call_control_id"], "transfer", to=FRIEND)
    friend = await world.ring()
    await friend.answer()
    await asyncio.wait_for(agent.ended(), 2)
    async with Talk(phone) as caller, Talk(friend, hertz=AGENT_HZ) as answerer:
        await until(lambda: abs(caller.hears - AGENT_HZ) < 10, 3, "the caller hears the friend")
        await until(lambda: abs(answerer.hears - PHONE_HZ) < 10, 3, "the friend hears the caller")
    await phone.hang_up()
    await asyncio.wait_for(friend.ended(), 2)
