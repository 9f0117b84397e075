"""The contract before a call is answered: which room it makes, how long it rings, how it is refused."""

import asyncio
import time
from pathlib import Path

import pytest
from livekit import api
from sip_people import Talk
from sip_phones import sipp
from sip_world import World, both, new_number, until

from lab.sip.stack import SipStack


async def test_given_a_call_when_nobody_speaks_yet_then_it_rings_and_is_answered_once_somebody_does(
    world: World, phone: SipStack
) -> None:
    """180 at once; 200 only when another participant's audio track can be subscribed to"""
    async with world.line() as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        await asyncio.wait_for(leg.ringing.wait(), 1)
        async with world.person(await world.room(line)) as person:
            caller = await world.caller(await world.room(line))
            await asyncio.sleep(0.7)
            assert caller.attributes["sip.callStatus"] == "ringing"
            assert not leg.established.is_set()

            await person.speak()

            await asyncio.wait_for(leg.established.wait(), 3)
            await until(lambda: person.statuses == ["active"], 2, "status active")
        await leg.hang_up()


async def test_given_nobody_speaks_when_the_ringing_time_is_over_then_486(world: World, tmp_path: Path) -> None:
    """Unanswered: 486 when the trunk's ringing_timeout is over"""
    async with world.line(ringing_seconds=2) as line:
        began = time.monotonic()
        call = await sipp(world, "refused", line.number, tmp_path)

    assert call.received[-1].startswith("SIP/2.0 486"), call
    assert 1.9 < time.monotonic() - began < 4


async def test_given_nobody_speaks_when_it_rings_out_then_the_status_stays_ringing(
    world: World, phone: SipStack
) -> None:
    """Unanswered: the participant leaves with the status ringing; hangup is what a phone does, or a time limit"""
    async with world.line(ringing_seconds=1) as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        async with world.person(await world.room(line)) as person:
            await until(lambda: person.left, 5, "the phone leaves")
            assert (await leg.ended()).sip_code == 486
            assert person.statuses == []


async def test_given_a_longest_duration_when_it_rings_for_longer_then_486(world: World, phone: SipStack) -> None:
    """max_call_duration of the trunk counts the ringing: 486, and status hangup"""
    async with world.line(ringing_seconds=8, call_seconds=1) as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        async with world.person(await world.room(line)) as person:
            await until(lambda: person.left, 4, "the phone leaves")
            assert (await leg.ended()).sip_code == 486
            assert person.statuses == ["hangup"]


async def test_given_a_number_without_trunk_when_called_then_404(world: World, tmp_path: Path) -> None:
    """No trunk for the number: 404 at once"""
    began = time.monotonic()
    call = await sipp(world, "refused", new_number(), tmp_path)

    assert call.received[-1].startswith("SIP/2.0 404"), call
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "trunk", [{"allowed_numbers": ["+15035550111"]}, {"allowed_addresses": ["192.0.2.0/24"]}], ids=["number", "address"]
)
async def test_given_a_trunk_for_others_when_called_then_404(
    world: World, tmp_path: Path, trunk: dict[str, list[str]]
) -> None:
    """A trunk with allowed_numbers or allowed_addresses: other callers get 404"""
    async with world.line(**trunk) as line:
        call = await sipp(world, "refused", line.number, tmp_path)

    assert call.received[-1].startswith("SIP/2.0 404"), call


async def test_given_a_trunk_for_others_when_from_names_one_of_them_then_it_rings(world: World, tmp_path: Path) -> None:
    """allowed_addresses is compared with the packet's source and, letter by letter, with the host in From"""
    async with world.line(ringing_seconds=1, allowed_addresses=["192.0.2.0/24", "198.51.100.7/32"]) as line:
        feigned = await sipp(world, "refused", line.number, tmp_path, from_host="198.51.100.7/32")
        other = await sipp(world, "refused", line.number, tmp_path, from_host="198.51.100.7")

    assert feigned.received[-1].startswith("SIP/2.0 486"), feigned
    assert other.received[-1].startswith("SIP/2.0 404"), other


LOGIN = {"auth_username": "carrier", "auth_password": "only-for-the-contract"}


async def test_given_a_trunk_with_a_login_when_it_is_given_then_the_call_is_answered(
    world: World, tmp_path: Path
) -> None:
    """A trunk with auth_username and auth_password: 407 with a digest challenge; with the login it rings"""
    async with world.line(**LOGIN) as line:

        async def answer() -> None:
            async with world.person(await world.room(line)) as person:
                await person.speak()
                await until(lambda: person.left, 6, "the phone leaves")

        options = ("-au", LOGIN["auth_username"], "-ap", LOGIN["auth_password"])
        call, _ = await both(sipp(world, "login", line.number, tmp_path, *options), answer())

    assert call.code == 0, call
    assert sum(each.startswith("SIP/2.0 407") for each in call.received) == 1


@pytest.mark.parametrize(
    ("user", "password"), [("carrier", "another"), ("somebody", LOGIN["auth_password"])], ids=["password", "user"]
)
async def test_given_a_trunk_with_a_login_when_a_wrong_one_is_given_then_401_and_no_room(
    world: World, tmp_path: Path, user: str, password: str
) -> None:
    """A trunk with a login: 401 to a wrong user or password, and no room"""
    async with world.line(**LOGIN) as line:
        call = await sipp(world, "login", line.number, tmp_path, "-au", user, "-ap", password)

        assert call.received[-1].startswith("SIP/2.0 401"), call
        assert await world.rooms(line.prefix) == []


async def test_given_a_trunk_with_a_login_when_none_is_given_then_407_and_no_room(world: World, tmp_path: Path) -> None:
    """A trunk with a login: a caller without one gets 407, and no room"""
    async with world.line(**LOGIN) as line:
        call = await sipp(world, "refused", line.number, tmp_path)

        assert call.received[-1].startswith("SIP/2.0 407"), call
        assert await world.rooms(line.prefix) == []


async def test_given_no_codec_in_common_when_called_then_refused(world: World, tmp_path: Path) -> None:
    """No common codec: refused (400 or 488)"""
    async with world.line() as line:
        call = await sipp(world, "odd_codec", line.number, tmp_path)

    assert call.received[-1].startswith(("SIP/2.0 400", "SIP/2.0 488")), call


async def test_given_a_question_for_its_options_when_asked_then_200(world: World, tmp_path: Path) -> None:
    """OPTIONS: 200, which carriers take for a sign of life"""
    assert (await sipp(world, "options", "ping", tmp_path)).code == 0


async def test_given_a_call_over_tcp_when_answered_then_it_is_as_over_udp(world: World, tmp_path: Path) -> None:
    """Signalling over TCP"""
    async with world.line() as line:

        async def answer() -> None:
            async with world.person(await world.room(line)) as person:
                await person.speak()
                await until(lambda: person.left, 6, "the phone leaves")

        call, _ = await both(sipp(world, "plain", line.number, tmp_path, "-t", "t1"), answer())

    assert call.code == 0, call


async def test_given_a_trunk_without_rule_when_called_then_it_is_never_answered(world: World, phone: SipStack) -> None:
    """No dispatch rule: never answered (404, or no final response at all)"""
    async with world.line(rule=False) as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        await asyncio.wait((asyncio.ensure_future(leg.ended()),), timeout=2)

        assert not leg.established.is_set()
        assert leg.ending is None or leg.ending.sip_code == 404
        await leg.hang_up()
        await leg.ended()


async def test_given_a_ringing_call_when_the_caller_gives_up_then_487_and_the_participant_leaves(
    world: World, tmp_path: Path
) -> None:
    """CANCEL while ringing: 200 and 487; the participant leaves"""
    async with world.line() as line:

        async def watch() -> None:
            room = await world.room(line)
            async with world.person(room) as person:
                await world.caller(room)
                await until(lambda: person.left, 5, "the phone leaves")

        call, _ = await both(sipp(world, "cancel", line.number, tmp_path), watch())

    assert call.code == 0, call


async def test_given_a_call_when_given_up_at_once_then_nobody_stays_in_its_room(world: World, phone: SipStack) -> None:
    """CANCEL before the room is joined: nobody stays in it"""
    async with world.line() as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        await asyncio.wait_for(leg.ringing.wait(), 1)
        await leg.hang_up()
        await asyncio.wait_for(leg.ended(), 2)
        await asyncio.sleep(1)

        for room in await world.rooms(line.prefix):
            there = await world.lk.room.list_participants(api.ListParticipantsRequest(room=room))
            assert not there.participants


@pytest.mark.parametrize("how", ["room deleted", "participant removed"])
async def test_given_a_ringing_call_when_its_room_lets_it_go_then_486_at_once(
    world: World, phone: SipStack, how: str
) -> None:
    """Room deleted or participant removed while it rings: 486 at once"""
    async with world.line() as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        room = await world.room(line)
        caller = await world.caller(room)

        if how == "room deleted":
            await world.lk.room.delete_room(api.DeleteRoomRequest(room=room))
        else:
            identity = api.RoomParticipantIdentity(room=room, identity=caller.identity)
            await world.lk.room.remove_participant(identity)

        # the ringing would end by itself later, and a connection that wasn't told of the end waits for 15 s
        ending = await asyncio.wait_for(leg.ended(), 6)
    assert (ending.reason, ending.sip_code) == ("refused", 486)


async def test_given_a_participant_that_still_connects_when_its_room_is_deleted_then_486_at_once(
    world: World, phone: SipStack
) -> None:
    """Room deleted while the participant still connects: 486 at once, and the room stays gone"""
    async with world.line() as line:
        leg = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550199")
        room = await world.room(line)
        while not (await world.lk.room.list_participants(api.ListParticipantsRequest(room=room))).participants:
            await asyncio.sleep(0.005)
        await world.lk.room.delete_room(api.DeleteRoomRequest(room=room))

        ending = await asyncio.wait_for(leg.ended(), 2)
        await asyncio.sleep(1)
        assert (ending.reason, ending.sip_code) == ("refused", 486)
        assert not await world.rooms(line.prefix)


async def test_given_an_invite_sent_twice_when_answered_then_it_is_one_call(world: World, tmp_path: Path) -> None:
    """A retransmitted INVITE is one call: one room, one participant"""
    async with world.line() as line:

        async def answer() -> int:
            room = await world.room(line)
            async with world.person(room) as person:
                await person.speak()
                await until(lambda: person.statuses == ["active"], 5, "answered")
                rooms = len(await world.rooms(line.prefix))
                await until(lambda: person.left, 5, "the phone leaves")
            return rooms

        call, rooms = await both(sipp(world, "twice", line.number, tmp_path), answer())

    assert call.code == 0, call
    assert rooms == 1


async def test_given_two_phones_in_one_room_when_nobody_else_speaks_then_both_are_answered(
    world: World, phone: SipStack
) -> None:
    """A second phone in the room lets the first be answered too: neither waits for the other's sound"""
    async with world.line() as line:
        one = await phone.dial(f"sip:{line.number}@{world.sip}", caller="+15035550198")
        room = await world.room(line)
        async with world.line(room=room) as other:
            two = await phone.dial(f"sip:{other.number}@{world.sip}", caller="+15035550199")
            await asyncio.wait_for(asyncio.gather(one.established.wait(), two.established.wait()), 5)
            async with Talk(one, hertz=700), Talk(two, hertz=500) as second:
                await until(lambda: second.hears == 700, 5, "one phone hears the other")
            await asyncio.gather(one.hang_up(), two.hang_up())
            await asyncio.gather(one.ended(), two.ended())
