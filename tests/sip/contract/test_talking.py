"""The contract of an answered call: sound, keys, holding, and how it ends."""

import asyncio
import time
from pathlib import Path

import pytest
from livekit import api, rtc
from sip_people import PERSON_HZ, PHONE_HZ, Talk
from sip_phones import RtpEar, sipp
from sip_world import Line, World, both, until

from lab.sip.stack import Leg, SipStack


async def call(world: World, phone: SipStack, line: Line) -> tuple[Leg, str]:
    """A call that rings, and its room."""
    leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
    return leg, await world.room(line)


@pytest.mark.parametrize("codec", ["PCMU", "PCMA", "G722"])
async def test_given_an_answered_call_when_both_speak_then_each_hears_the_other(world: World, codec: str) -> None:
    """Sound both ways, in PCMU, PCMA and G722"""
    async with world.line() as line, SipStack(world.here, codecs=(codec,)) as phone:
        leg, room = await call(world, phone, line)
        async with world.person(room) as person:
            await person.speak()
            async with Talk(leg) as talk:
                await until(lambda: talk.hears == PERSON_HZ, 5, "the phone hears the room")
                await until(lambda: person.hears == PHONE_HZ, 5, "the room hears the phone")
            await leg.hang_up()


async def test_given_two_speak_in_the_room_then_the_phone_hears_both(world: World, phone: SipStack) -> None:
    """Several voices in the room are mixed for the phone"""
    async with world.line() as line:
        leg, room = await call(world, phone, line)
        async with world.person(room) as one, world.person(room, name="other", hertz=1000) as two:
            await one.speak()
            async with Talk(leg) as talk:
                await until(lambda: talk.hears == PERSON_HZ, 5, "the first is heard")
                await two.speak()
                await until(lambda: talk.has(PERSON_HZ) and talk.has(1000), 5, "both are heard")
            await leg.hang_up()


async def test_given_a_plain_call_by_sipp_when_it_hangs_up_then_the_participant_leaves(
    world: World, tmp_path: Path
) -> None:
    """BYE from the phone: status hangup, the participant leaves (CLIENT_INITIATED)"""
    async with world.line() as line:

        async def answer() -> None:
            room = await world.room(line)
            async with world.person(room) as person:
                await person.speak()
                await until(lambda: person.left, 6, "the phone leaves")
                assert person.left[0][1] == rtc.DisconnectReason.CLIENT_INITIATED
                assert person.statuses == ["active", "hangup"]

        went, _ = await both(sipp(world, "plain", line.number, tmp_path), answer())

    assert went.code == 0, went


async def test_given_a_phone_that_is_answered_then_it_is_active_with_its_first_rtp_and_after_a_second_without(
    world: World, phone: SipStack, tmp_path: Path
) -> None:
    """Status active with the first RTP from the phone, or a second after the answer without any"""

    async def seconds(room: str) -> float:
        async with world.person(room) as person:
            await person.speak()
            began = time.monotonic()
            await until(lambda: person.statuses, 5, "the status changes")
            assert person.statuses == ["active"]
            return time.monotonic() - began

    async with world.line() as line:
        leg, room = await call(world, phone, line)
        with_rtp = await seconds(room)
        await leg.hang_up()
    async with world.line() as line:

        async def silent() -> float:
            return await seconds(await world.room(line))

        _, without = await both(sipp(world, "plain", line.number, tmp_path), silent())

    assert with_rtp < 0.9 < without < 2.5


@pytest.mark.parametrize("how", ["room deleted", "participant removed"])
async def test_given_an_answered_call_when_its_room_lets_it_go_then_bye(world: World, tmp_path: Path, how: str) -> None:
    """Room deleted or participant removed during the call: BYE at once"""
    async with world.line() as line:

        async def answer() -> float:
            room = await world.room(line)
            async with world.person(room) as person:
                await person.speak()
                await until(lambda: person.statuses == ["active"], 5, "answered")
                caller = await world.caller(room)
                if how == "room deleted":
                    await world.lk.room.delete_room(api.DeleteRoomRequest(room=room))
                else:
                    identity = api.RoomParticipantIdentity(room=room, identity=caller.identity)
                    await world.lk.room.remove_participant(identity)
                return time.monotonic()

        went, ended_at = await both(sipp(world, "byed", line.number, tmp_path), answer())

    assert went.code == 0, went
    assert time.monotonic() - ended_at < 2


async def test_given_keys_pressed_on_the_phone_then_the_room_is_told_them_in_order(
    world: World, tmp_path: Path
) -> None:
    """RFC 2833 digits from the phone reach the room in order (sip_dtmf_received)"""
    async with world.line() as line:

        async def answer() -> list[str]:
            async with world.person(await world.room(line)) as person:
                await person.speak()
                await until(lambda: person.left, 15, "the phone leaves")
                return person.digits

        went, digits = await both(sipp(world, "digits", line.number, tmp_path), answer())

    assert went.code == 0, went
    assert digits == ["1", "2", "#", "*", "0"]


async def test_given_keys_pressed_in_the_room_then_the_phone_is_told_them(world: World, phone: SipStack) -> None:
    """Digits sent in the room reach the phone as RFC 2833, in order"""
    async with world.line() as line:
        leg, room = await call(world, phone, line)
        async with world.person(room) as person:
            await person.speak()
            async with Talk(leg):
                for code, digit in ((4, "4"), (2, "2"), (11, "#")):
                    await person.room.local_participant.publish_dtmf(code=code, digit=digit)
                digits = [await asyncio.wait_for(anext(leg.digits()), 5) for _ in range(3)]
            await leg.hang_up()

    assert digits == ["4", "2", "#"]


async def test_given_a_late_ack_when_it_comes_then_the_call_lives(world: World, tmp_path: Path) -> None:
    """A late ACK is tolerated: the 200 is repeated, the call goes on"""
    async with world.line() as line:

        async def answer() -> None:
            async with world.person(await world.room(line)) as person:
                await person.speak()
                await until(lambda: person.left, 10, "the phone leaves")

        went, _ = await both(sipp(world, "late_ack", line.number, tmp_path), answer())

    assert went.code == 0, went
    assert sum(line.startswith("SIP/2.0 200") for line in went.received) >= 3, "INVITE's, again, BYE's"


async def test_given_a_call_on_hold_when_it_comes_back_at_another_port_then_sound_goes_there(
    world: World, tmp_path: Path
) -> None:
    """Hold by re-INVITE and back: both are answered, RTP moves to the new address"""
    async with world.line() as line, RtpEar(world.here) as first, RtpEar(world.here) as second:

        async def answer() -> None:
            async with world.person(await world.room(line)) as person:
                await person.speak()
                await until(lambda: first.hears == PERSON_HZ, 5, "sound at the first port")
                await until(lambda: second.hears == PERSON_HZ, 6, "sound at the second port")
                assert not person.left, "holding is nothing that the room is told"
                await until(lambda: person.left, 5, "the phone leaves")

        ports = ("-key", "first_port", str(first.port), "-key", "second_port", str(second.port))
        went, _ = await both(sipp(world, "hold", line.number, tmp_path, *ports), answer())

    assert went.code == 0, went
    assert "a=recvonly" in went.messages or "a=inactive" in went.messages


@pytest.mark.parametrize("scenario", ["byed", "falls_silent"])
async def test_given_a_phone_that_sends_no_rtp_when_the_time_is_over_then_bye(
    world: World, tmp_path: Path, scenario: str
) -> None:
    """No RTP from the phone: BYE after the media timeout (30 s before the first packet, 15 s after one)"""
    if world.media_timeout is None:
        pytest.skip("a service with its own media timeout: 30 and 15 s")
    async with world.line() as line:

        async def answer() -> float:
            async with world.person(await world.room(line)) as person:
                await person.speak()
                began = time.monotonic()
                await until(lambda: person.left, 15, "the phone leaves")
                return time.monotonic() - began

        went, seconds = await both(sipp(world, scenario, line.number, tmp_path), answer())

    assert went.code == 0, went
    before_first, after = world.media_timeout
    if scenario == "byed":
        assert before_first - 0.2 < seconds < before_first + 2
    else:
        assert after < seconds < before_first - 0.2


async def test_given_a_longest_duration_when_it_is_over_then_bye(world: World, phone: SipStack) -> None:
    """max_call_duration of the trunk: BYE when it is over"""
    async with world.line(call_seconds=2) as line:
        leg, room = await call(world, phone, line)
        async with world.person(room) as person:
            await person.speak()
            async with Talk(leg):
                began = time.monotonic()
                ending = await asyncio.wait_for(leg.ended(), 6)

    assert (ending.by, ending.reason) == ("peer", "hung_up")
    assert 1.5 < time.monotonic() - began < 3.5


async def test_given_several_calls_at_once_then_each_is_heard_in_its_own_room(world: World, phone: SipStack) -> None:
    """Several calls at once: each has its room and hears nobody else"""

    async def one(number: int) -> None:
        async with world.line() as line:
            leg, room = await call(world, phone, line)
            theirs, ours = 400 + 40 * number, 800 + 40 * number
            async with world.person(room, hertz=theirs) as person:
                await person.speak()
                async with Talk(leg, hertz=ours) as talk:
                    await until(lambda: talk.hears == theirs, 15, f"phone {number} hears its room")
                    await until(lambda: person.hears == ours, 15, f"room {number} hears its phone")
                await leg.hang_up()

    await asyncio.gather(*(one(number) for number in range(4)))
