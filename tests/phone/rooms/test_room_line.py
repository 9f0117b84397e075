"""The line of a call in a real room, without a worker and without a session."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from livekit import rtc
from room_calls import RoomCall
from rooms_world import People

from agent.lines import room as room_line
from agent.lines.room import RoomLine
from lab.stack.livekit import LiveKitServer
from shared.domain.telephony.rooms import Participant, call_id_of
from shared.errors import SwitchboardError
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


class Transferring:
    """A switchboard whose transfer ends when it is told to, with this outcome."""

    def __init__(self, outcome: bool | SwitchboardError, rooms: Switchboard) -> None:
        self.asked, self.over = asyncio.Event(), asyncio.Event()
        self.end = rooms.end
        self._outcome = outcome

    async def transfer(self, room: str, identity: str, to: str) -> bool:
        self.asked.set()
        await self.over.wait()
        if isinstance(self._outcome, SwitchboardError):
            raise self._outcome
        return self._outcome


REFUSED = SwitchboardError("STS_TRANSFER_FAILED", 400)


@pytest.mark.parametrize(
    ("outcome", "ended"),
    [(True, ("agent", "transferred")), (False, ("agent", "transferred")), (REFUSED, ("caller", "caller_hung_up"))],
    ids=["successful", "not reported", "failed"],
)
async def test_given_a_transfer_when_the_leg_leaves_before_its_outcome_then_the_end_waits_for_it(
    line: RoomLine, call: RoomCall, switchboard: Switchboard, outcome: Any, ended: tuple[str, str]
) -> None:
    line._switchboard = transferring = Transferring(outcome, switchboard)  # type: ignore[assignment]
    asked = asyncio.create_task(line.transfer("+12065550188"))
    ending = asyncio.create_task(line.ended())
    await asyncio.wait_for(transferring.asked.wait(), 2)
    call.hang_up()
    await asyncio.wait_for(line._left.wait(), 3)
    assert not ending.done()
    transferring.over.set()
    (failure,) = await asyncio.gather(asked, return_exceptions=True)
    assert failure is (outcome if isinstance(outcome, SwitchboardError) else None)
    told = await asyncio.wait_for(ending, 1)
    assert (told.by, told.reason) == ended


@pytest.mark.parametrize("outcome", [REFUSED, False], ids=["failed", "not reported"])
async def test_given_a_transfer_without_success_when_the_leg_stays_then_it_is_an_error_and_the_call_goes_on(
    line: RoomLine, call: RoomCall, switchboard: Switchboard, monkeypatch: pytest.MonkeyPatch, outcome: Any
) -> None:
    monkeypatch.setattr(room_line, "LET_GO_SECONDS", 0.2)
    line._switchboard = transferring = Transferring(outcome, switchboard)  # type: ignore[assignment]
    transferring.over.set()
    with pytest.raises(SwitchboardError):
        await line.transfer("+12065550188")
    assert not line._ending.done()
    call.hang_up()
    ending = await asyncio.wait_for(line.ended(), 5)
    assert (ending.by, ending.reason) == ("caller", "caller_hung_up")


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
