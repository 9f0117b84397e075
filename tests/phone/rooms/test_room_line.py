"""The line of a call in a real room, without a worker and without a session."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from livekit import rtc
from room_calls import RoomCall
from rooms_world import People

from agent.lines.room import RoomLine
from lab.stack.livekit import LiveKitServer
from shared.domain.telephony.rooms import Participant, call_id_of
from shared.ports import Switchboard


@pytest.fixture
async def call(livekit: LiveKitServer) -> AsyncIterator[RoomCall]:
    async with RoomCall(livekit, dispatch=False) as ringing:
        yield ringing


@pytest.fixture
async def line(call: RoomCall, livekit: LiveKitServer, switchboard: Switchboard) -> AsyncIterator[RoomLine]:
    people = People(livekit)
    room = await people.join(call.name, Participant("agent-1", "agent"))
    async with asyncio.timeout(5):
        while not room.remote_participants:
            await asyncio.sleep(0.01)
    (caller,) = room.remote_participants.values()
    line = RoomLine(room, caller, switchboard, ringing_at=datetime.now(UTC))
    try:
        yield line
    finally:
        await line.aclose()
        await people.aclose()


async def test_when_a_caller_rings_then_the_line_knows_the_call(line: RoomLine, call: RoomCall) -> None:
    assert (line.did_raw, line.caller_raw) == ("+12065550100", "+12065550142")
    assert line.call_id == call_id_of(call.name) == call.call_id
    assert not line.synthetic


async def test_when_keys_are_pressed_then_they_come_in_order_until_the_end(line: RoomLine, call: RoomCall) -> None:
    for digit in "12#*0":
        await call.press(digit)
    digits = line.digits()
    assert [await asyncio.wait_for(anext(digits), 3) for _ in range(5)] == list("12#*0")
    call.hang_up()
    assert [digit async for digit in digits] == []


async def test_when_the_caller_hangs_up_then_that_is_the_ending_for_all_who_wait(
    line: RoomLine, call: RoomCall
) -> None:
    waiting = [asyncio.create_task(line.ended()) for _ in range(2)]
    call.hang_up()
    endings = await asyncio.wait_for(asyncio.gather(*waiting), 5)
    assert [(one.by, one.reason) for one in endings] == [("caller", "caller_hung_up")] * 2
    await line.hang_up("too late")
    assert (await line.ended()).by == "caller"


async def test_when_the_line_hangs_up_then_the_caller_is_out_and_the_reason_is_ours(
    line: RoomLine, call: RoomCall
) -> None:
    await line.hang_up("goodbye")
    ending = await line.ended()
    assert (ending.by, ending.reason) == ("agent", "goodbye")
    assert await call.ended(within=3) == "room_deleted"


async def test_when_somebody_else_ends_the_room_then_the_system_ended_it(
    line: RoomLine, call: RoomCall, switchboard: Switchboard
) -> None:
    await switchboard.end(call.name)
    ending = await asyncio.wait_for(line.ended(), 5)
    assert (ending.by, ending.reason) == ("system", "room_deleted")


async def test_when_it_is_given_up_then_the_room_goes_on(
    line: RoomLine, call: RoomCall, switchboard: Switchboard
) -> None:
    line.give_up()
    assert (await line.ended()).taken_over
    await line.hang_up("not ours")
    await line.aclose()
    await asyncio.sleep(0.5)
    assert call.wire.ending is None
    assert call.room.connection_state == rtc.ConnectionState.CONN_CONNECTED
