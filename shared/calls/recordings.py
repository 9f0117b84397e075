"""Recordings after they began: egress's reports about them, and the erasure of those whose consent was withdrawn."""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from shared.calls.alerting import CallAlerts
from shared.domain.language.consent import NO
from shared.domain.recording import SECRET_SPOKEN, EgressNews, call_id_of_recording
from shared.domain.telephony.rooms import stage_of
from shared.errors import StoreError, SwitchboardError
from shared.ports import Alerts, AudioFiles, Clock, Consents, Egress, Erasure, RecordingEntry, Recordings

log = structlog.get_logger(__name__)

EGRESS_FAILED, NOT_ERASED = "egress_failed", "recording_not_erased"
"""Keys of alerts."""
AFTER_CALL = timedelta(minutes=2)
"""So long after its call's end nobody writes to a recording any more, even if its row has no end."""


@dataclass(frozen=True)
class CallRecordings:
    """The recordings of one stage, for processes that aren't part of the calls."""

    stage: str
    recordings: Recordings
    consents: Consents
    files: AudioFiles
    egress: Egress | None
    alerts: Alerts
    clock: Clock

    async def handle(self, news: EgressNews) -> bool:
        """Store egress's report in the recording's row; False if the egress doesn't belong to this stage.

        A recording whose consent was withdrawn meanwhile is stopped, and erased when it has ended. Handling a report
        again changes nothing. Raises `StoreError` when it couldn't be stored.
        """
        call_id = call_id_of_recording(news.recording_id)
        if stage_of(news.room) != self.stage or call_id is None:
            log.info("egress of another stage", action="egress", room=news.room, egress_id=news.egress_id)
            return False
        entry = RecordingEntry(
            recording_id=news.recording_id,
            call_id=call_id,
            path=news.path,
            started_at=news.started_at,
            ended_at=news.ended_at,
            egress_id=news.egress_id,
            failed=news.failed,
            in_backup=news.in_backup,
        )
        await self.recordings.put(entry)
        ended = news.ended_at is not None
        log.info("egress handled", action="egress", call_id=call_id, egress_id=news.egress_id, ended=ended)
        if news.failed is not None:
            await self._alert(call_id, EGRESS_FAILED, f"A call's recording broke off: {news.failed}")
        await self._stop_withdrawn(news, entry)
        return True

    async def erase_withdrawn(self) -> int:
        """Erases the recordings whose consent was withdrawn and that nobody writes to any more; how many.

        Raises `StoreError` when they can't be listed. A file that can't be deleted raises an alert, and is tried again
        the next time.
        """
        withdrawn = await self.recordings.withdrawn(self.clock.now() - AFTER_CALL)
        erased = [await self.erase(entry) for entry in withdrawn]
        if erased and all(erased):
            alerts = CallAlerts(withdrawn[0].call_id, self.alerts)
            alerts.recovered(NOT_ERASED)
            await alerts.send()
        return sum(erased)

    async def erase(self, entry: RecordingEntry) -> bool:
        """The file first, then its row: no row says of a file that is there that it is deleted. False: not yet.

        The row says too whether the file was deleted, or was proven not to be there.
        """
        try:
            erasure = await self._deleted(entry)
            await self.recordings.put(replace(entry, deleted_at=self.clock.now(), erasure=erasure))
        except (OSError, StoreError) as error:
            why = str(error) or type(error).__name__
            log.error("recording not erased", action="erase", call_id=entry.call_id, path=entry.path, error=why)
            await self._alert(entry.call_id, NOT_ERASED, f"A recording without consent is still there: {why}")
            return False
        recording_id = entry.recording_id
        log.info("recording erased", action="erase", call_id=entry.call_id, recording_id=recording_id, erasure=erasure)
        return True

    async def _deleted(self, entry: RecordingEntry) -> Erasure:
        if entry.path is None:
            return Erasure.ABSENT
        return await self.files.delete(entry.path, in_backup=entry.in_backup)

    async def _stop_withdrawn(self, news: EgressNews, entry: RecordingEntry) -> None:
        """Stop a recording that was given up or lost its consent; erase it if it has ended."""
        try:
            answers = await self.consents.of_call(entry.call_id)
            rows = await self.recordings.of_call(entry.call_id)
        except StoreError as error:
            # its agent reads the withdrawal too, and the watchdog erases
            log.warning("consents unknown", action="egress", call_id=entry.call_id, error=str(error))
            return
        withdrawn = bool(answers) and answers[-1].answer in NO
        row = next((row for row in rows if row.recording_id == entry.recording_id), entry)
        if news.ended_at is not None:
            if withdrawn or row.deleted_at is not None or row.failed == SECRET_SPOKEN:
                # by the row: an earlier report may have said where the file is
                await self.erase(replace(entry, in_backup=row.in_backup))
        elif withdrawn or row.ended_at is not None or row.failed == SECRET_SPOKEN:
            await self._stop(news.egress_id, entry.call_id)

    async def _stop(self, egress_id: str, call_id: str) -> None:
        if self.egress is None:
            return
        try:
            await self.egress.stop(egress_id)
        except SwitchboardError as error:
            log.error("egress not stopped", action="egress", call_id=call_id, egress_id=egress_id, error=str(error))

    async def _alert(self, call_id: str, key: str, title: str) -> None:
        alerts = CallAlerts(call_id, self.alerts)
        alerts.add(key, "notice" if key == EGRESS_FAILED else "page", title)
        await alerts.send()
