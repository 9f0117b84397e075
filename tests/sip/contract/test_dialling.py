"""The contract of calls that the API asks for: CreateSIPParticipant and TransferSIPParticipant, by the plain client."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from livekit import api, rtc
from sip_people import PERSON_HZ, PHONE_HZ, Person, Talk
from sip_phones import sipp_that_answers
from sip_world import World, until

from lab.sip.stack import Leg, SipStack

CALLEE = "+15035550177"
Doing = Callable[[Leg], Any]


class Callee:
    """A phone that does `doing` when it rings."""

    def __init__(self, world: World, doing: Doing) -> None:
        self.legs: list[Leg] = []
        self._doing = doing
        self._tasks: list[asyncio.Task[Any]] = []
        self.stack = SipStack(world.here, on_call=self._ring, headers=("X-Tenant",))

    def _ring(self, leg: Leg) -> None:
        self.legs.append(leg)
        self._tasks.append(asyncio.create_task(self._doing(leg)))

    async def settle(self) -> None:
        await asyncio.gather(*self._tasks)


@asynccontextmanager
async def callee(world: World, doing: Doing) -> AsyncIterator[tuple[Callee, str]]:
    """A phone, and the trunk that leads to it."""
    phone = Callee(world, doing)
    async with phone.stack as stack, world.way_out(stack.address) as trunk_id:
        yield phone, trunk_id
        await phone.settle()


@asynccontextmanager
async def waiting(world: World, room: str) -> AsyncIterator[Person]:
    """Somebody in a room of that name, for whom a phone is called. The room is gone afterwards."""
    try:
        async with world.person(room) as person:
            await person.speak()
            yield person
    finally:
        await world.lk.room.delete_room(api.DeleteRoomRequest(room=room))


async def dial(world: World, trunk_id: str, room: str, **more: Any) -> api.SIPParticipantInfo:
    request: dict[str, Any] = {"wait_until_answered": True, "participant_identity": "callee", **more}
    return await world.lk.sip.create_sip_participant(
        api.CreateSIPParticipantRequest(sip_trunk_id=trunk_id, sip_call_to=CALLEE, room_name=room, **request)
    )


async def answer(leg: Leg) -> None:
    await leg.answer()


async def test_given_somebody_who_picks_up_when_called_then_both_hear_each_other(world: World) -> None:
    """Outbound, answered: returns when picked up; statuses dialing, active; sound both ways; headers reach the phone"""
    async with callee(world, answer) as (phone, trunk_id), waiting(world, "contract-out-answered") as person:
        made = await dial(world, trunk_id, "contract-out-answered", headers={"X-Tenant": "grace"})

        leg = phone.legs[0]
        assert (leg.dialled, leg.headers) == (CALLEE, {"X-Tenant": "grace"})
        assert made.sip_call_id.startswith("SCL_")
        async with Talk(leg) as talk:
            await until(lambda: talk.hears == PERSON_HZ, 5, "the phone hears the room")
            await until(lambda: person.hears == PHONE_HZ, 5, "the room hears the phone")
        assert "active" in person.statuses
        there = person.room.remote_participants["callee"]
        assert there.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP
        assert there.attributes["sip.phoneNumber"] == CALLEE
        await leg.hang_up()
        await until(lambda: person.left, 5, "the phone leaves")
        assert person.statuses[-1] == "hangup"


async def test_given_a_call_not_waited_for_when_asked_then_it_dials_while_the_api_has_answered(world: World) -> None:
    """Outbound without wait_until_answered: returns at once, the participant is there with status dialing"""

    async def after_a_while(leg: Leg) -> None:
        await asyncio.sleep(1)
        await leg.answer()

    async with callee(world, after_a_while) as (phone, trunk_id), waiting(world, "contract-out-async") as person:
        await dial(world, trunk_id, "contract-out-async", wait_until_answered=False)

        await until(lambda: "callee" in person.room.remote_participants, 2, "the participant is there")
        assert person.room.remote_participants["callee"].attributes["sip.callStatus"] == "dialing"
        await until(lambda: person.statuses == ["active"], 5, "picked up")
        await phone.legs[0].hang_up()
        await until(lambda: person.left, 5, "the phone leaves")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (486, rtc.DisconnectReason.USER_REJECTED),
        (603, rtc.DisconnectReason.USER_REJECTED),
        (404, rtc.DisconnectReason.USER_UNAVAILABLE),
        (480, rtc.DisconnectReason.USER_UNAVAILABLE),
    ],
)
async def test_given_somebody_who_refuses_when_called_then_the_api_says_with_what(
    world: World, code: int, reason: int
) -> None:
    """Outbound, refused (486, 603, 404, 480): SipCallError with that status; USER_REJECTED or USER_UNAVAILABLE"""

    async def refuse(leg: Leg) -> None:
        await asyncio.sleep(0.5)
        await leg.refuse(code)

    room = f"contract-out-{code}"
    async with callee(world, refuse) as (_, trunk_id), waiting(world, room) as person:
        with pytest.raises(api.SipCallError) as refused:
            await dial(world, trunk_id, room)

        assert refused.value.sip_status_code == code
        await until(lambda: person.left, 5, "the participant leaves")
        assert person.left[0] == ("callee", reason)


async def test_given_nobody_who_picks_up_when_the_ringing_time_is_over_then_it_gives_up(world: World) -> None:
    """Outbound, not answered within ringing_timeout: CANCEL, SipCallError 408, USER_UNAVAILABLE"""

    async def ring(leg: Leg) -> None:
        ending = await asyncio.wait_for(leg.ended(), 10)
        assert ending.reason == "cancelled"

    async with callee(world, ring) as (_, trunk_id), waiting(world, "contract-out-nobody") as person:
        with pytest.raises(api.SipCallError) as missed:
            await dial(world, trunk_id, "contract-out-nobody", ringing_timeout=Duration(seconds=2))

        assert missed.value.sip_status_code == 408
        await until(lambda: person.left, 5, "the participant leaves")
        assert person.left[0] == ("callee", rtc.DisconnectReason.USER_UNAVAILABLE)


async def test_given_an_extension_when_picked_up_then_its_keys_are_pressed(world: World) -> None:
    """Outbound with dtmf: the keys are pressed after the answer, `w` pauses; status automation meanwhile"""

    async def answer_and_note(leg: Leg) -> None:
        await leg.answer()
        pressed.extend([await asyncio.wait_for(anext(leg.digits()), 8) for _ in range(3)])

    pressed: list[str] = []
    async with callee(world, answer_and_note) as (phone, trunk_id), waiting(world, "contract-out-keys") as person:
        await dial(world, trunk_id, "contract-out-keys", dtmf="1w2#")
        await phone.settle()
        await until(lambda: person.statuses[-1:] == ["active"], 5, "then active")
        await phone.legs[0].hang_up()

    assert pressed == ["1", "2", "#"]
    assert person.statuses[0] == "automation"


async def test_given_an_answered_call_when_transferred_then_the_phone_is_referred(
    world: World, phone: SipStack
) -> None:
    """Transfer: REFER with Refer-To; done when the phone reports success; the leg ends, the participant leaves"""
    async with world.line() as line, sipp_that_answers(world) as elsewhere:
        target = f"sip:{CALLEE}@{elsewhere}"
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        room = await world.room(line)
        async with world.person(room) as person:
            await person.speak()
            await asyncio.wait_for(leg.established.wait(), 5)
            asked = asyncio.create_task(
                world.lk.sip.transfer_sip_participant(
                    api.TransferSIPParticipantRequest(
                        room_name=room,
                        participant_identity="sip_+15035550199",
                        transfer_to=target,
                    )
                )
            )
            to = await asyncio.wait_for(leg.referred.get(), 5)
            assert to == target
            onward = await phone.follow(leg, to)
            await asyncio.wait_for(asked, 10)
            await until(lambda: person.left, 5, "the phone leaves")
            assert onward.established.is_set()
            await onward.hang_up()


async def test_given_an_answered_call_when_the_transfer_is_refused_then_the_api_says_so_and_it_goes_on(
    world: World, phone: SipStack
) -> None:
    """Transfer refused by the phone: the API fails, the call goes on"""
    async with world.line() as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        room = await world.room(line)
        async with world.person(room) as person:
            await person.speak()
            async with Talk(leg) as talk:
                asked = asyncio.create_task(
                    world.lk.sip.transfer_sip_participant(
                        api.TransferSIPParticipantRequest(
                            room_name=room,
                            participant_identity="sip_+15035550199",
                            transfer_to="sip:+15035550178@192.0.2.1",
                        )
                    )
                )
                await asyncio.wait_for(leg.referred.get(), 5)
                await leg.refuse_transfer(603)
                with pytest.raises(api.TwirpError):
                    await asyncio.wait_for(asked, 10)
                await until(lambda: talk.hears == PERSON_HZ, 5, "the phone still hears the room")
            assert not person.left
        await leg.hang_up()
