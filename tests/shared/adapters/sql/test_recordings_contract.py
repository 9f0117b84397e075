"""The rows of recordings, over every transport."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from stores_world import NOON, World

from shared.domain.language.consent import ConsentAnswer, ConsentRecord
from shared.domain.recording import voicemail_name
from shared.errors import StoreError
from shared.ports import Erasure, RecordingEntry


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
    assert await world.recordings.withdrawn(NOON) == [before]
    await world.recordings.put(replace(before, deleted_at=NOON))
    assert await world.recordings.withdrawn(NOON) == []
    assert await world.recordings_of("production").withdrawn(NOON) == []


async def test_when_they_are_told_under_another_name_of_the_call_then_they_are_that_calls(world: World) -> None:
    call_id, room_id = str(uuid.uuid4()), str(uuid.uuid4())
    await world.calls.open(world.opening(call_id, room_id=room_id))
    entry = an_entry(room_id)
    await world.recordings.put(entry)
    await said(world, room_id, ConsentAnswer.GRANTED, 1)
    assert await world.recordings.of_call(call_id) == [replace(entry, call_id=call_id)]
    assert [one.answer for one in await world.consents.of_call(call_id)] == [ConsentAnswer.GRANTED]


def a_voicemail(call_id: str, began: datetime) -> RecordingEntry:
    return RecordingEntry(
        voicemail_name(call_id), call_id, None, began, began + timedelta(seconds=12.5), kind="voicemail", seconds=12.5,
        source_url="https://carrier.example/1.wav",
    )  # fmt: skip


async def test_when_a_voicemail_is_put_then_it_is_its_calls_and_waits_until_its_file_is_here(world: World) -> None:
    call_id = uuid.uuid4().hex
    await world.calls.open(world.opening(call_id))
    voicemail = a_voicemail(call_id, datetime.now(UTC))
    for entry in (voicemail, voicemail):
        await world.recordings.put(entry)
    assert await world.recordings.unfetched() == [voicemail]
    assert await world.recordings_of("production").unfetched() == []
    await world.recordings.put(replace(voicemail, path="voicemail.wav"))
    assert await world.recordings.unfetched() == []
    assert await world.recordings.of_call(call_id) == [replace(voicemail, path="voicemail.wav")]
    record = await world.records.find(call_id)
    assert record is not None and record.requests == ()
    (recording,) = record.recordings
    assert (recording["kind"], recording["path"], recording["seconds"]) == ("voicemail", "voicemail.wav", 12.5)


async def test_when_the_carrier_has_a_voicemail_no_more_then_it_is_not_fetched(world: World) -> None:
    await world.recordings.put(a_voicemail(uuid.uuid4().hex, datetime.now(UTC) - timedelta(hours=2)))
    assert await world.recordings.unfetched() == []


async def test_when_consent_is_withdrawn_then_a_voicemail_stays_and_the_conversation_goes(world: World) -> None:
    call_id = uuid.uuid4().hex
    conversation = an_entry(call_id)
    for entry in (replace(a_voicemail(call_id, NOON), path="voicemail.wav"), conversation):
        await world.recordings.put(entry)
    await said(world, call_id, ConsentAnswer.WITHDRAWN, 30)
    assert await world.recordings.withdrawn(NOON) == [conversation]


async def test_when_a_recording_lacks_what_its_kind_needs_then_it_is_refused(world: World) -> None:
    call_id = uuid.uuid4().hex
    for wrong in (replace(an_entry(call_id), path=None), replace(a_voicemail(call_id, NOON), source_url=None)):
        with pytest.raises(StoreError) as caught:
            await world.recordings.put(wrong)
        assert caught.value.cause_code == "23514"


async def test_when_recordings_are_compared_with_files_then_rows_come_by_their_ids_and_say_how_a_file_is_gone(
    world: World,
) -> None:
    call_id = uuid.uuid4().hex
    entries = [replace(an_entry(call_id, n), recording_id=f"{call_id}-{n}") for n in range(5)]
    entries[3] = replace(entries[3], ended_at=None)
    entries[4] = replace(entries[4], in_backup=True)
    for entry in entries:
        await world.recordings.put(entry)
    await world.recordings.put(replace(entries[0], deleted_at=NOON, erasure=Erasure.ABSENT))
    await world.recordings.put(replace(entries[1], failed="the disk is full", in_backup=True))
    later = NOON + timedelta(hours=1)

    async def kept(after: str, before: datetime) -> list[RecordingEntry]:
        # other tests' rows are there too
        return [row for row in await world.recordings.kept(after, before) if row.call_id == call_id]

    assert await kept(call_id, later) == [entries[2], entries[4]]
    assert await kept(entries[2].recording_id, later) == [entries[4]]
    assert await kept(call_id, NOON) == []
    assert await world.recordings_of("production").kept(call_id, later) == []
    known = await world.recordings.known([f"{call_id}-{n}" for n in (0, 1, 9)])
    assert [(row.recording_id[-1], row.erasure, row.in_backup) for row in known] == [
        ("0", Erasure.ABSENT, False),
        ("1", None, True),
    ]
    assert await world.recordings.known([]) == []
