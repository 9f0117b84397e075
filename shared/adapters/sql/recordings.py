"""The port `Recordings` over any `Database`."""

from collections.abc import Sequence
from datetime import datetime

from shared.adapters.sql.database import Database, parsed, parsed_each, plain
from shared.adapters.sql.stores import Writes
from shared.ports import Receipt, RecordingEntry

AT_ONCE = 50
"""The oldest come first, so that the next ones follow when these are done."""
KEPT_AT_ONCE = 20
"""Each costs a look at its file."""


class SqlRecordings:
    def __init__(self, database: Database, writes: Writes, stage: str, release: str) -> None:
        self._database = database
        self._writes = writes
        self._stage = stage
        self._writer = {"stage": stage, "release": release}

    async def put(self, entry: RecordingEntry) -> Receipt:
        return await self._writes.write("put_recording_v1", plain(entry) | self._writer)

    async def of_call(self, call_id: str) -> Sequence[RecordingEntry]:
        rows = await self._database.call("recordings_of_call_v1", plain({"call_id": call_id}))
        return parsed(list[RecordingEntry], rows)

    async def withdrawn(self, before: datetime) -> Sequence[RecordingEntry]:
        wanted = {"stage": self._stage, "before": before, "limit": AT_ONCE}
        return parsed_each(RecordingEntry, await self._database.call("withdrawn_recordings_v1", plain(wanted)))

    async def unfetched(self) -> Sequence[RecordingEntry]:
        wanted = {"stage": self._stage, "limit": AT_ONCE}
        return parsed_each(RecordingEntry, await self._database.call("unfetched_recordings_v1", wanted))

    async def known(self, recording_ids: Sequence[str]) -> Sequence[RecordingEntry]:
        # all or nothing: a row left out would make its file nobody's
        rows = await self._database.call("known_recordings_v1", {"recording_ids": list(recording_ids)})
        return parsed(list[RecordingEntry], rows)

    async def kept(self, after: str, before: datetime) -> Sequence[RecordingEntry]:
        wanted = {"stage": self._stage, "after": after, "before": before, "limit": KEPT_AT_ONCE}
        return parsed_each(RecordingEntry, await self._database.call("kept_recordings_v1", plain(wanted)))
