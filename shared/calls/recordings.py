"""Recordings after they were begun: what egress tells of its own, and the deletion of those that were taken back."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from shared.calls.alerting import CallAlerts
from shared.calls.limits import Limits
from shared.domain.language.consent import NO
from shared.domain.recording import EgressNews, call_id_of_recording
from shared.domain.telephony.rooms import stage_of
from shared.errors import StoreError, StoreUnavailable, SwitchboardError
from shared.ports import Alerts, AudioFiles, Clock, Consents, Egress, RecordingEntry, Recordings

log = structlog.get_logger(__name__)

EGRESS_FAILED, NOT_ERASED = "egress_failed", "recording_not_erased"
"""Keys of alerts."""
DELETE_SECONDS = 15.0
AFTER_CALL = timedelta(minutes=2)
"""So long after its call's end nobody writes to a recording any more, whatever was told of it."""


@dataclass(frozen=True)
class CallRecordings:
    """The recordings of one stage, for those who look after them from outside of the calls."""

    stage: str
    release: str
    recordings: Recordings
    consents: Consents
    files: AudioFiles
    egress: Egress | None
    alerts: Alerts
    clock: Clock
    limits: Limits = field(default_factory=Limits)

    async def handle(self, news: EgressNews) -> bool:
        """What LiveKit's egress tells of a recording is kept in its row; False for one of nobody of ours.

        One that was taken back meanwhile is stopped; it is erased when it has ended. Telling it again changes nothing.
        Raises `StoreError` when it couldn't be kept.
        """
        call_id = call_id_of_recording(news.recording_id)
        if stage_of(news.room) != self.stage or call_id is None:
            log.info("another's egress", action="egress", room=news.room, egress_id=news.egress_id)
            return False
        entry = RecordingEntry(
            recording_id=news.recording_id,
            call_id=call_id,
            path=news.path,
            started_at=news.started_at,
            ended_at=news.ended_at,
            egress_id=news.egress_id,
            failed=news.failed,
        )
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                await self.recordings.put(entry)
        except TimeoutError as error:
            raise StoreUnavailable(f"egress {news.egress_id} was not kept in time", "timeout") from error
        log.info("egress heard", action="egress", call_id=call_id, egress_id=news.egress_id, ended=bool(news.ended_at))
        if news.failed is not None:
            await self._trouble(call_id, EGRESS_FAILED, f"A call's recording broke off: {news.failed}")
        await self._follow(news, entry)
        return True

    async def erase_withdrawn(self) -> int:
        """Deletes the files of recordings that were taken back and that nobody writes any more; how many.

        Raises `StoreError` when they can't be listed. What can't be deleted is told, and tried again the next time.
        """
        before = self.clock.now() - AFTER_CALL
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                taken_back = await self.recordings.withdrawn(self.stage, before)
        except TimeoutError as error:
            raise StoreUnavailable("withdrawn recordings can't be listed in time", "timeout") from error
        erased = [await self.erase(entry) for entry in taken_back]
        if erased and all(erased):
            trouble = CallAlerts(taken_back[0].call_id, self.stage, self.release, self.clock)
            trouble.recovered.add(NOT_ERASED)
            await trouble.tell(self.alerts, self.limits.write_seconds)
        return sum(erased)

    async def erase(self, entry: RecordingEntry) -> bool:
        """The file first, then its row: no row says that a file is deleted which is there. False: not yet."""
        try:
            if entry.path is not None:
                async with asyncio.timeout(DELETE_SECONDS):
                    await self.files.delete(entry.path)
            async with asyncio.timeout(self.limits.write_seconds):
                await self.recordings.put(replace(entry, deleted_at=self.clock.now()))
        except (OSError, StoreError) as error:
            why = str(error) or "timeout"
            log.error("recording not erased", action="erase", call_id=entry.call_id, path=entry.path, error=why)
            await self._trouble(entry.call_id, NOT_ERASED, f"A recording that was taken back is still there: {why}")
            return False
        log.info("recording erased", action="erase", call_id=entry.call_id, recording_id=entry.recording_id)
        return True

    async def _follow(self, news: EgressNews, entry: RecordingEntry) -> None:
        """What was given up or taken back is stopped, and erased when it has ended."""
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                answers = await self.consents.of_call(entry.call_id)
                rows = await self.recordings.of_call(entry.call_id)
        except (StoreError, TimeoutError) as error:
            # its agent hears of a withdrawal too, and the reaper erases
            log.warning("consents unknown", action="egress", call_id=entry.call_id, error=str(error) or "timeout")
            return
        taken_back = bool(answers) and answers[-1].answer in NO
        row = next((row for row in rows if row.recording_id == entry.recording_id), entry)
        if news.ended_at is not None:
            if taken_back or row.deleted_at is not None:
                await self.erase(entry)
        elif taken_back or row.ended_at is not None:
            await self._stop(news.egress_id, entry.call_id)

    async def _stop(self, egress_id: str, call_id: str) -> None:
        if self.egress is None:
            return
        try:
            await self.egress.stop(egress_id)
        except SwitchboardError as error:
            log.error("egress not stopped", action="egress", call_id=call_id, egress_id=egress_id, error=str(error))

    async def _trouble(self, call_id: str, key: str, title: str) -> None:
        trouble = CallAlerts(call_id, self.stage, self.release, self.clock)
        trouble.note(key, "notice" if key == EGRESS_FAILED else "page", title)
        await trouble.tell(self.alerts, self.limits.write_seconds)
