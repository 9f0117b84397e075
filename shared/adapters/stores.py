"""The ports of what lasts, over any `Database`. Reads ask it; durable writes go through `Writes`."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, cast

from shared.adapters.database import Database, plain
from shared.domain.call import CallEvent, CallOpening, CallRecord, Completion
from shared.domain.consent import ConsentAnswer, ConsentRecord
from shared.errors import InputError, StoreError
from shared.ports import Alert, Receipt, RecordingEntry, Request

AMBIGUOUS = "P0003"
OPEN_CALLS_AT_ONCE = 200
"""The oldest come first, so that the next ones are seen when these are done."""


class Writes(Protocol):
    """Calls a function that changes something, now or later (`shared.adapters.spool`)."""

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
        answer = _row(await self._database.call("take_place_v1", plain(payload)))
        return answer["taken"] is True

    async def note(self, event: CallEvent) -> Receipt:
        return await self._writes.write("note_event_v1", plain(event) | self._writer)

    async def complete(self, completion: Completion) -> Receipt:
        return await self._writes.write("complete_call_v1", plain(completion) | self._writer)

    async def find(self, call_id: str) -> CallRecord | None:
        """Raises `InputError` when several calls' ids begin so."""
        try:
            row = await self._database.call("find_call_v1", plain({"call_id": call_id}))
        except StoreError as error:
            if error.cause_code == AMBIGUOUS:
                raise InputError(f"several calls begin with {call_id!r}: give more of the id") from error
            raise
        return None if row is None else _record(_row(row))

    async def recent(self, stage: str, limit: int) -> Sequence[CallRecord]:
        rows = await self._database.call("recent_calls_v1", {"stage": stage, "limit": limit})
        return [_record(row) for row in _rows(rows)]

    async def open_calls(self, stage: str, before: datetime) -> Sequence[CallRecord]:
        rows = await self._database.call(
            "open_calls_v1", plain({"stage": stage, "before": before, "limit": OPEN_CALLS_AT_ONCE})
        )
        return [_record(row) for row in _rows(rows)]


class SqlConsents:
    def __init__(self, database: Database, writes: Writes, stage: str, release: str) -> None:
        self._database = database
        self._writes = writes
        self._writer = {"stage": stage, "release": release}

    async def record(self, consent: ConsentRecord) -> Receipt:
        return await self._writes.write("record_consent_v1", plain(consent) | self._writer)

    async def of_call(self, call_id: str) -> Sequence[ConsentRecord]:
        rows = await self._database.call("consents_of_call_v1", plain({"call_id": call_id}))
        return [
            ConsentRecord(
                call_id=row["call_id"],
                key=row["key"],
                answer=ConsentAnswer(row["answer"]),
                policy_version=row["policy_version"],
                text_hash=row["text_hash"],
                language=row["language"],
                utterance=row["utterance"],
                at=datetime.fromisoformat(row["at"]),
            )
            for row in _rows(rows)
        ]


class SqlRequests:
    def __init__(self, writes: Writes) -> None:
        self._writes = writes

    async def submit(self, request: Request) -> Receipt:
        """`fields`, by kind: see `submit_request_v1`."""
        return await self._writes.write("submit_request_v1", plain(request))


class SqlRecordings:
    def __init__(self, writes: Writes, stage: str, release: str) -> None:
        self._writes = writes
        self._writer = {"stage": stage, "release": release}

    async def put(self, entry: RecordingEntry) -> Receipt:
        return await self._writes.write("put_recording_v1", plain(entry) | self._writer)


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
        rows = await self._database.call("open_alerts_v1", {"stage": stage})
        return [
            Alert(
                key=row["key"],
                severity=row["severity"],
                title=row["title"],
                stage=row["stage"],
                release=row["release"],
                at=datetime.fromisoformat(row["last_at"]),
                call_id=row["call_id"],
                fields=row["fields"] | {"raised": row["raised"]},
            )
            for row in _rows(rows)
        ]


def _record(row: dict[str, Any]) -> CallRecord:
    return CallRecord(
        call_id=row["call_id"],
        stage=row["stage"],
        release=row["release"],
        tenant_id=row["tenant_id"],
        tenant_name=row["tenant_name"],
        template=row["template"],
        did=row["did"],
        caller=row["caller"],
        decision=row["decision"],
        # A witness may come before the opening: until that is told, the row's own time is the nearest.
        ringing_at=datetime.fromisoformat(row["ringing_at"] or row["created_at"]),
        answered_at=_time(row["answered_at"]),
        ended_at=_time(row["ended_at"]),
        disposition=row["disposition"],
        outcome=row["outcome"],
        ended_by=row["ended_by"],
        end_reason=row["end_reason"],
        cost_usd=_money(row["cost_usd"]),
        cost_items={name: _money(value) for name, value in row["cost_items"].items()},
        transcript=tuple(row["transcript"]),
        usage=tuple(row["usage"]),
        events=tuple(row.get("events", ())),
        consents=tuple(row.get("consents", ())),
        requests=tuple(row.get("requests", ())),
        recordings=tuple(row.get("recordings", ())),
    )


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _money(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _row(answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise StoreError(f"a row was expected, not {type(answer).__name__}", "malformed")
    return cast("dict[str, Any]", answer)


def _rows(answer: object) -> list[dict[str, Any]]:
    if not isinstance(answer, list):
        raise StoreError(f"rows were expected, not {type(answer).__name__}", "malformed")
    return [_row(item) for item in cast("list[object]", answer)]
