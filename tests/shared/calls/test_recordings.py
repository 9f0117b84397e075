"""Recordings after they were begun, on a real database: what egress tells, and what a withdrawal leaves."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.adapters.clock import SystemClock
from shared.adapters.files import RecordingFiles
from shared.adapters.memory import FixedClock, MemoryAlerts, MemoryEgress
from shared.adapters.s3 import Bucket as S3Bucket
from shared.calls.complete import complete_call
from shared.calls.consent import record_consent
from shared.calls.recordings import AFTER_CALL, NOT_ERASED, CallRecordings
from shared.config import Settings, changed
from shared.domain.call import CallFacts
from shared.domain.language.consent import ConsentAnswer
from shared.domain.recording import SECRET_SPOKEN, EgressNews, recording_name
from shared.domain.telephony.rooms import room_prefix
from shared.errors import SwitchboardError
from shared.ports import Erasure, RecordingEntry
from shared.services import Services
from shared.wiring import open_services

ROOM = f"{room_prefix('local')}_1"


@dataclass
class Bucket(RecordingFiles):
    """A bucket in memory beside the machine's own files."""

    folder: Path
    there: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        super().__init__(self.folder)

    async def delete(self, path: str, *, in_backup: bool = False) -> Erasure:
        if not path.startswith("s3://"):
            return await super().delete(path)
        was_there = path in self.there
        self.there.discard(path)
        return Erasure.DELETED if was_there else Erasure.ABSENT


@dataclass
class World:
    services: Services
    tapes: CallRecordings
    egress: MemoryEgress
    files: Bucket
    alerts: MemoryAlerts
    clock: FixedClock
    call_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    async def answer(self, answer: ConsentAnswer, after: float = 1.0) -> None:
        self.clock.advance(after)
        await record_consent(
            self.services.consents,
            self.clock,
            call_id=self.call_id,
            key=uuid.uuid4().hex,
            answer=answer,
            policy_version="2026-11",
            text="May I record?",
            language="en",
            utterance="",
        )

    async def recorded(self, path: Path | str, *, ended: bool) -> RecordingEntry:
        self.clock.advance(1)
        now = self.clock.now()
        entry = RecordingEntry(recording_name(self.call_id, uuid.uuid4().hex), self.call_id, str(path), now, None)
        await self.services.recordings.put(entry)
        if ended:
            self.clock.advance(5)
            entry = replace(entry, ended_at=self.clock.now())
            await self.services.recordings.put(entry)
        return entry

    async def by_egress(self) -> tuple[RecordingEntry, Callable[..., EgressNews]]:
        """A recording that an agent asked egress for, and how to tell of it."""
        recording_id = recording_name(self.call_id, uuid.uuid4().hex)
        path = f"s3://calls/local/{recording_id}.ogg"
        egress_id = await self.egress.start(ROOM, path)
        now = self.clock.now()
        entry = RecordingEntry(recording_id, self.call_id, path, now, None, egress_id=egress_id)
        await self.services.recordings.put(entry)

        def news(ended_at: datetime | None = None, failed: str | None = None) -> EgressNews:
            return EgressNews(egress_id, ROOM, path, now + timedelta(seconds=1), ended_at, failed)

        return entry, news

    async def rows(self) -> list[RecordingEntry]:
        return list(await self.services.recordings.of_call(self.call_id))


@pytest.fixture
def world(services: Services, tmp_path: Path) -> World:
    egress, files, alerts = MemoryEgress(), Bucket(tmp_path / "recordings"), MemoryAlerts()
    files.folder.mkdir()
    clock = FixedClock(SystemClock().now() - timedelta(minutes=10))
    tapes = CallRecordings("local", services.recordings, services.consents, files, egress, alerts, clock)
    return World(services, tapes, egress, files, alerts, clock)


# ---- what egress tells


async def test_given_an_egress_when_it_begins_and_ends_then_its_row_tells_both(world: World) -> None:
    entry, news = await world.by_egress()
    ended_at = world.clock.now() + timedelta(seconds=60)
    assert await world.tapes.handle(news())
    assert await world.tapes.handle(news(ended_at))
    (row,) = await world.rows()
    assert (row.started_at, row.ended_at) == (entry.started_at + timedelta(seconds=1), ended_at)
    assert (row.egress_id, row.path, row.failed) == (entry.egress_id, entry.path, None)


async def test_given_news_out_of_order_and_twice_then_the_row_is_the_same(world: World) -> None:
    _, news = await world.by_egress()
    ended_at = world.clock.now() + timedelta(seconds=60)
    for told in (news(ended_at), news(), news(ended_at), news()):
        await world.tapes.handle(told)
    (row,) = await world.rows()
    assert row.ended_at == ended_at


async def test_given_news_before_the_agents_own_row_then_there_is_one_row(world: World) -> None:
    recording_id = recording_name(world.call_id, uuid.uuid4().hex)
    path, now = f"s3://calls/local/{recording_id}.ogg", world.clock.now()
    await world.tapes.handle(EgressNews("EG_9", ROOM, path, now + timedelta(seconds=1)))
    await world.services.recordings.put(RecordingEntry(recording_id, world.call_id, path, now, None))
    (row,) = await world.rows()
    assert (row.egress_id, row.started_at) == ("EG_9", now + timedelta(seconds=1))


async def test_given_an_egress_that_breaks_off_then_the_row_says_why_and_a_person_is_told(world: World) -> None:
    _, news = await world.by_egress()
    await world.tapes.handle(news(world.clock.now(), "the bucket refused it"))
    (row,) = await world.rows()
    assert row.failed == "the bucket refused it"
    assert [alert.key for alert in world.alerts.raised] == ["egress_failed"]


@pytest.mark.parametrize("room", ["preview-x._1", "somebody", ""])
async def test_given_an_egress_of_another_room_then_nothing_is_kept(world: World, room: str) -> None:
    _, news = await world.by_egress()
    before = await world.rows()
    assert not await world.tapes.handle(replace(news(world.clock.now()), room=room))
    assert await world.rows() == before


async def test_given_a_file_that_is_not_named_by_us_then_nothing_is_kept(world: World) -> None:
    _, news = await world.by_egress()
    assert not await world.tapes.handle(replace(news(), path="s3://calls/local/somebody.ogg"))


@pytest.mark.requirement("OP-79")
@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
async def test_given_consent_taken_back_when_egress_tells_then_it_is_stopped_and_erased_at_its_end(
    world: World,
) -> None:
    entry, news = await world.by_egress()
    world.files.there.add(entry.path)
    await world.answer(ConsentAnswer.GRANTED)
    await world.tapes.handle(news())
    assert world.egress.stopped == []
    await world.answer(ConsentAnswer.WITHDRAWN)
    await world.tapes.handle(news())
    assert world.egress.stopped == [entry.egress_id]
    assert (await world.rows())[0].deleted_at is None, "the file comes when it has ended"
    await world.tapes.handle(news(world.clock.now()))
    assert world.files.there == set()
    row = (await world.rows())[0]
    assert row.deleted_at is not None and row.erasure is Erasure.DELETED


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_egresss_news_of_its_backup_when_consent_is_taken_back_then_the_file_there_is_meant(
    world: World,
) -> None:
    entry, news = await world.by_egress()
    await world.tapes.handle(replace(news(world.clock.now(), "the bucket refused it"), in_backup=True))
    await world.answer(ConsentAnswer.WITHDRAWN)
    (row,) = await world.rows()
    assert row.in_backup
    files = RecordingFiles(world.files.folder, S3Bucket("calls", "key", "secret", endpoint="http://127.0.0.1:1"))
    assert await replace(world.tapes, files=files).erase_withdrawn() == 0
    assert (await world.rows())[0].deleted_at is None
    (alert,) = [alert for alert in world.alerts.raised if alert.key == NOT_ERASED]
    assert "RECORDING_BACKUP_STORAGE" in alert.title and entry.path


async def test_given_an_egress_that_was_given_up_when_it_tells_that_it_runs_then_it_is_stopped(world: World) -> None:
    entry, news = await world.by_egress()
    await world.services.recordings.put(replace(entry, ended_at=world.clock.now(), failed="no answer within 3 s"))
    await world.tapes.handle(news())
    assert world.egress.stopped == [entry.egress_id]


async def test_given_an_egress_that_cannot_be_stopped_then_its_news_are_kept_all_the_same(world: World) -> None:
    _, news = await world.by_egress()
    await world.answer(ConsentAnswer.WITHDRAWN)
    world.egress.fault = SwitchboardError("no response from servers", 503)
    assert await world.tapes.handle(news())


# ---- what a withdrawal leaves


@pytest.mark.requirement("OP-79")
@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_withdrawal_after_the_call_then_the_file_goes_and_its_row_says_so(world: World) -> None:
    path = world.files.folder / "one.ogg"
    path.write_bytes(b"sound")
    await world.answer(ConsentAnswer.GRANTED)
    await world.recorded(path, ended=True)
    assert await world.tapes.erase_withdrawn() == 0
    await world.answer(ConsentAnswer.WITHDRAWN)
    assert await world.tapes.erase_withdrawn() == 1
    assert not path.exists()
    (row,) = await world.rows()
    assert row.deleted_at is not None
    assert await world.tapes.erase_withdrawn() == 0


async def test_given_an_egress_in_which_a_secret_was_said_then_its_file_goes_with_its_end(world: World) -> None:
    entry, news = await world.by_egress()
    await world.services.recordings.put(replace(entry, failed=SECRET_SPOKEN))
    await world.tapes.handle(news())
    assert world.egress.stopped == [entry.egress_id]
    await world.tapes.handle(news(world.clock.now()))
    (row,) = await world.rows()
    assert row.deleted_at is not None


async def test_given_a_recording_with_a_secret_whose_end_nobody_reported_then_the_watchdog_erases_it(
    world: World,
) -> None:
    path = world.files.folder / "one.ogg"
    path.write_bytes(b"sound")
    entry = await world.recorded(path, ended=True)
    assert await world.tapes.erase_withdrawn() == 0
    await world.services.recordings.put(replace(entry, failed=SECRET_SPOKEN))
    assert await world.tapes.erase_withdrawn() == 1
    assert not path.exists()


async def test_given_a_recording_begun_after_the_no_then_it_stays(world: World) -> None:
    path = world.files.folder / "one.ogg"
    path.write_bytes(b"sound")
    await world.answer(ConsentAnswer.REFUSED)
    await world.answer(ConsentAnswer.GRANTED)
    await world.recorded(path, ended=True)
    assert await world.tapes.erase_withdrawn() == 0
    assert path.exists()


async def test_given_a_recording_that_runs_then_it_is_its_agents_until_its_call_is_over(world: World) -> None:
    path = world.files.folder / "one.ogg"
    path.write_bytes(b"sound")
    await world.recorded(path, ended=False)
    await world.answer(ConsentAnswer.WITHDRAWN)
    assert await world.tapes.erase_withdrawn() == 0
    # its agent was killed: somebody else completes the call
    facts = CallFacts(admitted=True, ended_by="system")
    await complete_call(world.call_id, "watchdog", facts, calls=world.services.calls)
    later = FixedClock(SystemClock().now() + AFTER_CALL + timedelta(seconds=1))
    assert await replace(world.tapes, clock=later).erase_withdrawn() == 1
    assert not path.exists()


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_file_that_lies_elsewhere_then_no_row_says_it_is_deleted_and_a_person_is_paged(
    world: World,
) -> None:
    await world.recorded("/mnt/of/another/machine/one.ogg", ended=True)
    await world.answer(ConsentAnswer.WITHDRAWN)
    assert await world.tapes.erase_withdrawn() == 0
    (row,) = await world.rows()
    assert row.deleted_at is None
    assert [(alert.key, alert.severity) for alert in world.alerts.raised] == [(NOT_ERASED, "page")]


async def test_given_another_stages_recordings_then_they_are_not_touched(world: World, settings: Settings) -> None:
    path = world.files.folder / "one.ogg"
    path.write_bytes(b"sound")
    await world.recorded(path, ended=True)
    await world.answer(ConsentAnswer.WITHDRAWN)
    async with open_services(changed(settings, stage="preview-x")) as elsewhere:
        assert await replace(world.tapes, recordings=elsewhere.recordings).erase_withdrawn() == 0
    assert path.exists()
