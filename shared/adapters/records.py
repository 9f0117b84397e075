"""Calls as they are read back, over any `Database`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.adapters.database import Database, plain, row_of, rows_of
from shared.domain.call import CallRecord
from shared.errors import InputError, StoreError

AMBIGUOUS = "P0003"
OPEN_CALLS_AT_ONCE = 200
"""The oldest come first, so that the next ones are seen when these are done."""


class SqlRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, call_id: str) -> CallRecord | None:
        """Raises `InputError` when several calls' ids begin so."""
        try:
            row = await self._database.call("find_call_v1", plain({"call_id": call_id}))
        except StoreError as error:
            if error.cause_code == AMBIGUOUS:
                raise InputError(f"several calls begin with {call_id!r}: give more of the id") from error
            raise
        return None if row is None else _record(row_of(row))

    async def recent(self, stage: str, limit: int) -> Sequence[CallRecord]:
        rows = await self._database.call("recent_calls_v1", {"stage": stage, "limit": limit})
        return [_record(row) for row in rows_of(rows)]

    async def open_calls(self, stage: str, before: datetime) -> Sequence[CallRecord]:
        rows = await self._database.call(
            "open_calls_v1", plain({"stage": stage, "before": before, "limit": OPEN_CALLS_AT_ONCE})
        )
        return [_record(row) for row in rows_of(rows)]

    async def is_over(self, call_id: str) -> bool:
        return row_of(await self._database.call("call_over_v1", {"call_id": call_id}))["over"] is True

    async def abandonments(self, stage: str, since: datetime) -> int:
        answer = await self._database.call("abandonments_v1", plain({"stage": stage, "since": since}))
        return int(row_of(answer)["abandoned"])


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
        synthetic=row["synthetic"],
        room_ids=tuple(row.get("room_ids", ())),
    )


def _time(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _money(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
