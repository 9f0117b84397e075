"""A call from the carrier and its room's other name for it; what nobody answered left behind."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from stores_world import NOON, World, completion

from shared.domain.call import CallEvent, CallFacts, conclude
from shared.domain.telephony.legs import call_id_of_session
from shared.domain.telephony.rooms import call_id_of


def a_call(world: World) -> tuple[str, str]:
    """The ids of a call from the carrier, and of its room."""
    call_id, room = call_id_of_session(uuid.uuid4().hex), f"{world.stage}._{uuid.uuid4().hex}"
    return call_id, call_id_of(room)


async def test_when_the_room_tells_before_and_after_it_is_known_then_it_is_one_call(world: World) -> None:
    call_id, room_id = a_call(world)
    await world.calls.note(CallEvent(call_id, "carrier:1", "carrier.initiated", NOON))
    await world.calls.note(CallEvent(room_id, "livekit:1", "room_started", NOON + timedelta(seconds=1)))
    await world.calls.open(world.opening(call_id, room_id=None))
    await world.calls.open(replace(world.opening(call_id), room_id=room_id))
    await world.calls.note(CallEvent(room_id, "livekit:2", "room_finished", NOON + timedelta(seconds=2)))
    record = await world.records.find(room_id)
    assert record is not None
    assert (record.call_id, record.room_ids) == (call_id, (room_id,))
    assert [event.key for event in record.events] == ["carrier:1", "livekit:1", "livekit:2"]
    assert await world.sql.fetchval("select count(*) from calls where call_id = any($1)", [call_id, room_id]) == 1


async def test_when_all_tell_at_once_then_nothing_is_lost_and_nothing_stays_beside(world: World) -> None:
    call_id, room_id = a_call(world)
    events = [CallEvent(room_id, f"livekit:{n}", "participant_joined", NOON + timedelta(seconds=n)) for n in range(20)]
    openings = [replace(world.opening(call_id), room_id=room_id) for _ in range(5)]
    await asyncio.gather(
        *(world.calls.note(event) for event in events[:10]),
        *(world.calls.open(opening) for opening in openings),
        *(world.calls.note(event) for event in events[10:]),
    )
    record = await world.records.find(call_id)
    assert record is not None and len(record.events) == 20
    assert await world.sql.fetchval("select count(*) from calls where call_id = $1", room_id) == 0


async def test_when_room_and_carrier_tell_the_end_then_it_is_one_row_with_the_facts_of_both(world: World) -> None:
    call_id, room_id = a_call(world)
    await world.calls.open(replace(world.opening(call_id), room_id=room_id))
    await world.calls.complete(completion(room_id))
    billed = CallFacts(admitted=True, carrier_seconds=61.0, hangup_cause="normal_clearing", end_reason="hung_up")
    told = replace(completion(call_id), witness="carrier", facts=billed, verdict=conclude(billed))
    await world.calls.complete(told)
    row = await world.row(call_id)
    facts = row["facts"] if isinstance(row["facts"], str) else str(row["facts"])
    assert '"carrier_seconds": 61.0' in facts and '"normal_clearing"' in facts
    assert (row["completed_by"], row["disposition"]) == ("agent", "ANSWERED"), "the agent was nearer"


async def test_when_the_carrier_learns_more_after_the_end_then_its_own_word_is_corrected(world: World) -> None:
    call_id, _ = a_call(world)
    await world.calls.open(world.opening(call_id))
    for facts in (CallFacts(admitted=True), CallFacts(admitted=True, fallback="voicemail")):
        told = replace(completion(call_id), witness="carrier", facts=facts, verdict=conclude(facts))
        await world.calls.complete(told)
    assert (await world.row(call_id))["outcome"] == "VOICEMAIL"


@pytest.mark.requirement("DU-69")
async def test_when_callers_give_up_then_those_since_a_time_are_counted(world: World) -> None:
    for minutes in (0, 1, 20):
        call_id, _ = a_call(world)
        await world.calls.open(replace(world.opening(call_id), ringing_at=NOON + timedelta(minutes=minutes)))
        gone = CallFacts(admitted=True, ended_by="caller", end_reason="caller_hung_up")
        await world.calls.complete(replace(completion(call_id), witness="carrier", facts=gone, verdict=conclude(gone)))
    assert await world.records.abandonments(world.stage, NOON + timedelta(seconds=30)) == 2
    assert await world.records.abandonments("preview-nothing-here", NOON) == 0
