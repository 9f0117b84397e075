"""Compares the rows of recordings with their files, both ways, a page at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import structlog

from shared.calls.alerting import CallAlerts
from shared.calls.recordings import CallRecordings
from shared.ports import RecordingEntry, StoredFile

log = structlog.get_logger(__name__)

WITHOUT_ROW, WITHOUT_FILE, FILE_IS_BACK = "recording_without_row", "recording_without_file", "recording_is_back"
"""Keys of alerts, one each in a stage."""
ROW_COMES_WITHIN = timedelta(hours=1)
"""A row is put before its file is begun; while Postgres is away it waits in the spool."""
KEPT_WITHOUT_ROW = timedelta(days=7)
"""A file without a row is nobody's: no consent to it can be proven. By then its row would have been delivered."""
FILE_COMES_WITHIN = timedelta(minutes=15)
"""Egress uploads a file after the recording has ended."""
LOST = "its file is gone"
FILES_AT_ONCE = 200


class RecordingSweep:
    """Goes on where the page before ended, and around; one for a process. `start` is where it begins: a name."""

    def __init__(self, recordings: CallRecordings, start: str) -> None:
        self._of = recordings
        self._place = 0
        self._after_file: str = start
        self._after_row: str = start

    async def files(self) -> None:
        """One page. Raises `OSError` for a place that can't be read, and goes on with the next; or `StoreError`."""
        place, after = self._place, self._after_file
        self._place, self._after_file = place + 1, ""
        files = await self._of.files.page(place, after, FILES_AT_ONCE)
        if not files:
            self._place = 0 if files is None else self._place
            return
        self._place, self._after_file = place, after
        rows = {row.recording_id: row for row in await self._of.recordings.known([_id(file) for file in files])}
        back = [rows[_id(file)] for file in files if _id(file) in rows and rows[_id(file)].deleted_at is not None]
        if back:
            await self._erase_again(back)
        await self._without_row([file for file in files if _id(file) not in rows])
        self._after_file = files[-1].name

    async def _erase_again(self, rows: Sequence[RecordingEntry]) -> None:
        """Of recordings whose row says that the file is gone: somebody wrote it later, or a deletion was lost."""
        for row in rows:
            await self._of.erase(row)
        await self._alert(FILE_IS_BACK, "page", "Deleted recordings were there again", [r.recording_id for r in rows])

    async def _without_row(self, files: Sequence[StoredFile]) -> None:
        now = self._of.clock.now()
        nobodys = [file for file in files if now - file.written_at > ROW_COMES_WITHIN]
        if nobodys:
            names = [file.name for file in nobodys]
            await self._alert(WITHOUT_ROW, "page", "Recordings have no row: they are erased after a week", names)
        for file in nobodys:
            if now - file.written_at > KEPT_WITHOUT_ROW:
                await self._of.files.delete(file.path)
                log.warning("recording without a row erased", action="sweep", name=file.name)

    async def rows(self) -> None:
        """One page. Raises `StoreError`."""
        rows = await self._of.recordings.kept(self._after_row, self._of.clock.now() - FILE_COMES_WITHIN)
        lost = [row for row in rows if await self._is_lost(row)]
        for row in lost:
            await self._of.recordings.put(replace(row, failed=LOST))
        if lost:
            ids = [row.recording_id for row in lost]
            await self._alert(WITHOUT_FILE, "notice", "Recordings that nobody deleted are gone", ids)
        self._after_row = rows[-1].recording_id if rows else ""

    async def _is_lost(self, row: RecordingEntry) -> bool:
        try:
            return not await self._of.files.exists(row.path or "", in_backup=row.in_backup)
        except OSError as error:
            # nothing is known of it: the other rows are looked at all the same
            log.warning("recording out of reach", action="sweep", call_id=row.call_id, error=str(error))
            return False

    async def _alert(self, key: str, severity: str, title: str, names: list[str]) -> None:
        log.error("rows and files of recordings differ", action="sweep", difference=key, names=names)
        alerts = CallAlerts(names[0], self._of.alerts)
        alerts.add(key, severity, title, names=names[:20], count=len(names))
        await alerts.send()


def _id(file: StoredFile) -> str:
    """The id of the recording that it would be of."""
    return file.name.partition(".")[0]
