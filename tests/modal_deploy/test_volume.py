"""Recordings on a volume of which two machines have a view each: deleted for all, or said to be left."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from lab.modal.volume import SharedVolume, View
from modal_deploy.volume import serving_volume
from shared.adapters.clock import SystemClock
from shared.adapters.files import RecordingFiles
from shared.adapters.memory import FixedClock, MemoryAlerts
from shared.adapters.volume import SocketVolume
from shared.calls.consent import record_consent
from shared.calls.recording_sweep import FILE_IS_BACK, KEPT_WITHOUT_ROW, WITHOUT_FILE, WITHOUT_ROW, RecordingSweep
from shared.calls.recordings import NOT_ERASED, CallRecordings
from shared.domain.language.consent import ConsentAnswer
from shared.ports import Erasure, RecordingEntry
from shared.services import Services

FROM_THE_FIRST = ""


@dataclass
class Machine:
    view: View
    files: RecordingFiles
    tapes: CallRecordings


@dataclass
class World:
    services: Services
    volume: SharedVolume
    worker: Machine
    watchdog: Machine
    alerts: MemoryAlerts
    clock: FixedClock
    call_id: str

    async def recorded(self, *, settled: bool = True) -> RecordingEntry:
        """A recording that the worker has made, as its recorder makes it."""
        recording_id = f"{self.call_id}-{uuid.uuid4().hex[:8]}"
        path = self.volume.mount / f"{recording_id}.ogg"
        entry = RecordingEntry(recording_id, self.call_id, str(path), self.clock.now(), None)
        await self.services.recordings.put(entry)
        with self.worker.view.mounted():
            path.write_bytes(b"sound")
            if settled:
                await self.worker.files.settle(str(path))
        self.clock.advance(5)
        entry = replace(entry, ended_at=self.clock.now())
        await self.services.recordings.put(entry)
        return entry

    async def withdraw(self) -> None:
        self.clock.advance(1)
        await record_consent(
            self.services.consents,
            self.clock,
            call_id=self.call_id,
            key="agent",
            answer=ConsentAnswer.WITHDRAWN,
            policy_version="v1",
            text="May I record?",
            language="en",
            utterance="no",
        )

    async def row(self) -> RecordingEntry:
        (row,) = await self.services.recordings.of_call(self.call_id)
        return row

    async def seen_by_others(self) -> set[str]:
        """What a machine finds that mounts the volume now."""
        return set(self.volume.committed)


async def compared(world: World) -> None:
    sweep = RecordingSweep(world.watchdog.tapes, FROM_THE_FIRST)
    await sweep.files()
    await sweep.rows()


@pytest.fixture
async def world(services: Services, tmp_path: Path) -> AsyncIterator[World]:
    volume, alerts = SharedVolume(tmp_path / "recordings"), MemoryAlerts()
    clock = FixedClock(SystemClock().now() - timedelta(minutes=10))
    async with AsyncExitStack() as opened:

        async def machine(name: str) -> Machine:
            view, socket = volume.view(), tmp_path / f"{name}.sock"
            await opened.enter_async_context(serving_volume(view, socket))
            files = RecordingFiles(volume.mount, volume=SocketVolume(socket))
            return Machine(
                view,
                files,
                CallRecordings("local", services.recordings, services.consents, files, None, alerts, clock),
            )

        worker, watchdog = await machine("worker"), await machine("watchdog")
        yield World(services, volume, worker, watchdog, alerts, clock, str(uuid.uuid4()))


@pytest.mark.requirement("OP-79")
@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_view_from_before_the_recording_when_it_is_withdrawn_then_it_is_gone_for_all(
    world: World,
) -> None:
    entry = await world.recorded()
    await world.withdraw()
    assert await world.seen_by_others() == {Path(entry.path or "").name}
    with world.watchdog.view.mounted():
        assert await world.watchdog.tapes.erase_withdrawn() == 1
    assert await world.seen_by_others() == set()
    row = await world.row()
    assert row.deleted_at is not None and row.erasure is Erasure.DELETED


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_view_that_cannot_be_reloaded_when_it_is_withdrawn_then_it_is_said_to_be_left(
    world: World,
) -> None:
    await world.recorded()
    await world.withdraw()
    world.watchdog.view.has_open_files = True
    with world.watchdog.view.mounted():
        assert await world.watchdog.tapes.erase_withdrawn() == 0
    assert (await world.row()).deleted_at is None
    assert [(alert.key, alert.severity) for alert in world.alerts.raised] == [(NOT_ERASED, "page")]
    world.watchdog.view.has_open_files = False
    with world.watchdog.view.mounted():
        assert await world.watchdog.tapes.erase_withdrawn() == 1
    assert await world.seen_by_others() == set()


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_deletion_that_is_not_committed_then_it_is_not_said_to_be_gone_before_it_is(world: World) -> None:
    await world.recorded()
    await world.withdraw()
    with world.watchdog.view.mounted():
        await world.watchdog.view.reload.aio()
    world.watchdog.view.fault = RuntimeError("deadline exceeded")
    for _ in range(2):
        with world.watchdog.view.mounted():
            assert await world.watchdog.tapes.erase_withdrawn() == 0
        assert await world.seen_by_others() and (await world.row()).deleted_at is None
    world.watchdog.view.fault = None
    with world.watchdog.view.mounted():
        assert await world.watchdog.tapes.erase_withdrawn() == 1
    assert await world.seen_by_others() == set()


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
async def test_given_a_file_that_comes_after_its_absence_was_proven_then_the_row_says_absent_and_the_sweep_erases_it(
    world: World,
) -> None:
    await world.recorded(settled=False)
    await world.withdraw()
    with world.watchdog.view.mounted():
        assert await world.watchdog.tapes.erase_withdrawn() == 1
    assert (await world.row()).erasure is Erasure.ABSENT
    with world.worker.view.mounted():
        await world.worker.view.commit.aio()
    assert await world.seen_by_others()
    with world.watchdog.view.mounted():
        await compared(world)
    assert await world.seen_by_others() == set()
    assert [alert.key for alert in world.alerts.raised] == [FILE_IS_BACK]


async def test_given_a_worker_that_records_another_call_when_a_caller_refuses_then_its_own_file_is_gone_for_all(
    world: World,
) -> None:
    entry = await world.recorded()
    world.worker.view.has_open_files = True
    with world.worker.view.mounted():
        assert await world.worker.files.delete(entry.path or "") is Erasure.DELETED
    assert await world.seen_by_others() == set()


async def test_given_a_voicemail_when_it_is_written_then_others_see_it(world: World) -> None:
    with world.watchdog.view.mounted():
        path = await world.watchdog.files.write("voicemail-1.wav", b"sound")
    with world.worker.view.mounted():
        assert await world.worker.files.exists(path)


async def test_given_no_owner_of_the_volume_then_nothing_is_taken_for_written_or_deleted(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    files = RecordingFiles(tmp_path / "recordings", volume=SocketVolume(tmp_path / "nobody.sock"))
    with pytest.raises(OSError):
        await files.write("one.wav", b"sound")
    with pytest.raises(OSError):
        await files.delete(str(tmp_path / "recordings" / "other.wav"))


async def test_given_a_command_that_the_owner_does_not_know_then_it_is_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such command"):
        await SocketVolume(tmp_path / "worker.sock")._ask("format")


# ---- the sweep


async def test_given_files_and_rows_that_agree_when_compared_then_nothing_is_said(world: World) -> None:
    await world.recorded()
    world.clock.advance(3600)
    with world.watchdog.view.mounted():
        for _ in range(4):
            await compared(world)
    assert world.alerts.raised == [] and await world.seen_by_others()


async def test_given_a_file_without_a_row_when_compared_then_it_is_told_and_after_a_week_erased(world: World) -> None:
    with world.watchdog.view.mounted():
        await world.watchdog.files.write("nobodys.ogg", b"sound")
        sweep = RecordingSweep(world.watchdog.tapes, FROM_THE_FIRST)
        await sweep.files()
        assert world.alerts.raised == [], "its row may still come"
        for age, there in ((timedelta(hours=2), True), (KEPT_WITHOUT_ROW, False)):
            world.clock.advance(age.total_seconds())
            await compared(world)
            assert (world.volume.mount / "nobodys.ogg").exists() is there
    assert {alert.key for alert in world.alerts.raised} == {WITHOUT_ROW}
    assert await world.seen_by_others() == set()


async def test_given_a_row_whose_file_is_gone_when_compared_then_it_is_told_once_and_the_row_says_so(
    world: World,
) -> None:
    entry = await world.recorded()
    world.clock.advance(3600)
    with world.worker.view.mounted():
        Path(entry.path or "").unlink()
        await world.worker.view.commit.aio()
    with world.watchdog.view.mounted():
        for _ in range(3):
            await compared(world)
    row = await world.row()
    assert (row.failed, row.deleted_at) == ("its file is gone", None)
    assert [alert.key for alert in world.alerts.raised] == [WITHOUT_FILE]


async def test_given_a_row_whose_file_is_out_of_reach_when_compared_then_the_other_rows_are_looked_at(
    world: World,
) -> None:
    entry = await world.recorded()
    elsewhere = replace(entry, recording_id=f"0-{entry.recording_id}", path="s3://nowhere/one.ogg")
    gone = replace(entry, recording_id=f"{world.call_id}-ffffffff", path=str(world.volume.mount / "gone.ogg"))
    for row in (elsewhere, gone):
        await world.services.recordings.put(row)
    world.clock.advance(3600)
    with world.watchdog.view.mounted():
        await compared(world)
    rows = {row.recording_id: row.failed for row in await world.services.recordings.of_call(world.call_id)}
    assert rows == {entry.recording_id: None, elsewhere.recording_id: None, gone.recording_id: "its file is gone"}


async def test_given_more_files_than_a_page_when_compared_step_by_step_then_all_are_looked_at_and_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.calls.recording_sweep.FILES_AT_ONCE", 2)
    with world.watchdog.view.mounted():
        for name in "abcde":
            await world.watchdog.files.write(f"{name}.ogg", b"sound")
        world.clock.advance(KEPT_WITHOUT_ROW.total_seconds() + 3600)
        sweep = RecordingSweep(world.watchdog.tapes, "b")
        for _ in range(8):
            await sweep.files()
        assert list(world.volume.mount.iterdir()) == []
