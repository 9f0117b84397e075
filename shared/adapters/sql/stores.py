"""The ports of what lasts, over any `Database`. Reads ask it; durable writes go through `Writes`."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.adapters.sql.database import Database, parsed, parsed_each, plain
from shared.domain.call import CallEvent, CallOpening, Completion
from shared.domain.language.consent import ConsentRecord
from shared.ports import Alert, Callback, Receipt, SafetyReport


class Writes(Protocol):
    """Calls a function that changes something, now or later (`shared.adapters.sql.spool`)."""

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt: ...


class SqlCalls:
    """`stage` and `release` are the writer's own: every row that it writes carries them (PT-30)."""

    def __init__(self, database: Database, writes: Writes, stage: str, release: str) -> None:
        self._database = database
        self._writes = writes
        self._writer = {"stage": stage, "release": release}

    async def open(self, opening: CallOpening) -> Receipt:
        return await self._writes.write("open_call_v1", plain(opening))

    async def take_place(self, call_id: str, tenant_id: str, at: datetime) -> bool:
        """Not spooled: a place is only of use now."""
        payload = {"call_id": call_id, "tenant_id": tenant_id, "at": at}
        return parsed(_Place, await self._database.call("take_place_v1", plain(payload))).taken

    async def note(self, event: CallEvent) -> Receipt:
        return await self._writes.write("note_event_v1", plain(event) | self._writer)

    async def complete(self, completion: Completion) -> Receipt:
        return await self._writes.write("complete_call_v1", plain(completion) | self._writer)


class SqlConsents:
    def __init__(self, database: Database, writes: Writes, stage: str, release: str) -> None:
        self._database = database
        self._writes = writes
        self._writer = {"stage": stage, "release": release}

    async def record(self, consent: ConsentRecord) -> Receipt:
        return await self._writes.write("record_consent_v1", plain(consent) | self._writer)

    async def of_call(self, call_id: str) -> Sequence[ConsentRecord]:
        # all or nothing: a row left out could be the caller's no
        return parsed(list[ConsentRecord], await self._database.call("consents_of_call_v1", {"call_id": call_id}))


class SqlRequests:
    def __init__(self, writes: Writes, stage: str, release: str) -> None:
        self._writes = writes
        self._writer = {"stage": stage, "release": release}

    async def call_back(self, callback: Callback) -> Receipt:
        return await self._writes.write("submit_callback_v1", plain(callback) | self._writer)

    async def report(self, report: SafetyReport) -> Receipt:
        return await self._writes.write(f"report_{report.kind}_v1", plain(report) | self._writer)


class SqlBusinessRows:
    def __init__(self, database: Database, writes: Writes, stage: str, release: str) -> None:
        self._database = database
        self._writes = writes
        self._writer = {"stage": stage, "release": release}

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt:
        return await self._writes.write(function, plain(payload) | self._writer)

    async def read(self, function: str, payload: dict[str, Any]) -> Any:
        return await self._database.call(function, plain(payload) | self._writer)


class SqlAlerts:
    def __init__(self, database: Database, writes: Writes) -> None:
        self._database = database
        self._writes = writes

    async def raise_(self, alert: Alert) -> Receipt:
        # Delivered twice by the spool, it must count once.
        return await self._writes.write("raise_alert_v1", plain(alert) | {"raise_id": uuid.uuid4().hex})

    async def close(self, key: str, stage: str, at: datetime) -> Receipt:
        return await self._writes.write("close_alert_v1", plain({"key": key, "stage": stage, "at": at}))

    async def open_alerts(self, stage: str) -> Sequence[Alert]:
        """Oldest first; `at` is the last time it was raised, `fields["raised"]` how often."""
        rows = parsed_each(_AlertRow, await self._database.call("open_alerts_v1", {"stage": stage}))
        return [row.alert() for row in rows]


@dataclass(frozen=True)
class _Place:
    taken: bool


@dataclass(frozen=True)
class _AlertRow:
    key: str
    severity: str
    title: str
    stage: str
    release: str
    last_at: datetime
    call_id: str | None
    fields: dict[str, Any]
    raised: int

    def alert(self) -> Alert:
        fields = self.fields | {"raised": self.raised}
        return Alert(
            *(self.key, self.severity, self.title, self.stage, self.release, self.last_at, self.call_id), fields
        )
