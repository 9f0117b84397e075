"""The rows of recordings, over every transport."""

import uuid
from dataclasses import replace
from datetime import timedelta

from stores_world import NOON, World

from shared.domain.language.consent import ConsentAnswer, ConsentRecord
from shared.ports import RecordingEntry


def an_entry(call_id: str, begun_after: float = 0.0) -> RecordingEntry:
    began = NOON + timedelta(seconds=begun_after)
    return RecordingEntry(uuid.uuid4().hex, call_id, "calls/one.ogg", began, began + timedelta(seconds=5))


async def said(world: World, call_id: str, answer: ConsentAnswer, after: float) -> None:
    at = NOON + timedelta(seconds=after)
    await world.consents.record(
        ConsentRecord(call_id, uuid.uuid4().hex, answer, "v1", "ab" * 32, "en", "well", at),
    )


async def test_when_recordings_of_a_call_are_asked_for_then_they_come_in_order_and_whole(world: World) -> None:
    call_id = uuid.uuid4().hex
    second = replace(an_entry(call_id, 60), egress_id="EG_1", failed="the disk is full")
    first = an_entry(call_id)
    for entry in (second, first):
        await world.recordings.put(entry)
    assert await world.recordings.of_call(call_id) == [first, second]
    assert await world.recordings.of_call("no-such-call") == []


async def test_when_a_no_was_said_then_what_had_been_begun_must_go_and_nothing_else(world: World) -> None:
    call_id = uuid.uuid4().hex
    before, after, running = an_entry(call_id), an_entry(call_id, 60), replace(an_entry(call_id), ended_at=None)
    for entry in (before, after, running, an_entry(uuid.uuid4().hex)):
        await world.recordings.put(entry)
    await said(world, call_id, ConsentAnswer.WITHDRAWN, 30)
    await said(world, call_id, ConsentAnswer.GRANTED, 50)
    assert await world.recordings.withdrawn(world.stage, NOON) == [before]
    await world.recordings.put(replace(before, deleted_at=NOON))
    assert await world.recordings.withdrawn(world.stage, NOON) == []
    assert await world.recordings.withdrawn("production", NOON) == []


async def test_when_they_are_told_under_another_name_of_the_call_then_they_are_that_calls(world: World) -> None:
    call_id, room_id = str(uuid.uuid4()), str(uuid.uuid4())
    await world.calls.open(world.opening(call_id, room_id=room_id))
    entry = an_entry(room_id)
    await world.recordings.put(entry)
    await said(world, room_id, ConsentAnswer.GRANTED, 1)
    assert await world.recordings.of_call(call_id) == [replace(entry, call_id=call_id)]
    assert [one.answer for one in await world.consents.of_call(call_id)] == [ConsentAnswer.GRANTED]
