"""The port `Records` over any `Database`: reads calls back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.adapters.sql.database import Database, parsed, parsed_each, plain, row_of, rows_of
from shared.domain.call import CallRecord, TurnedAway
from shared.errors import InputError, StoreError
from shared.observe import report

AMBIGUOUS = "P0003"
OPEN_CALLS_AT_ONCE = 200
"""The oldest come first; the next ones follow when these are done."""


class SqlRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, call_id: str) -> CallRecord | None:
        """Raises `InputError` when the ids of several calls begin like this."""
        try:
            row = await self._database.call("find_call_v1", plain({"call_id": call_id}))
        except StoreError as error:
            if error.cause_code == AMBIGUOUS:
                raise InputError(f"several calls begin with {call_id!r}: give more of the id") from error
            raise
        return None if row is None else _record(row_of(row))

    async def recent(self, stage: str, limit: int) -> Sequence[CallRecord]:
        rows = await self._database.call("recent_calls_v1", {"stage": stage, "limit": limit})
        return _records(rows)

    async def open_calls(self, stage: str, before: datetime) -> Sequence[CallRecord]:
        rows = await self._database.call(
            "open_calls_v1", plain({"stage": stage, "before": before, "limit": OPEN_CALLS_AT_ONCE})
        )
        return _records(rows)

    async def is_over(self, call_id: str) -> bool:
        return parsed(_Over, await self._database.call("call_over_v1", {"call_id": call_id})).over

    async def turned_away(self, stage: str, limit: int, reader: str | None) -> Sequence[TurnedAway]:
        wanted = {"stage": stage, "limit": limit, "reader": reader}
        return parsed_each(TurnedAway, await self._database.call("turned_away_v1", wanted))

    async def abandonments(self, stage: str, since: datetime) -> int:
        answer = await self._database.call("abandonments_v1", plain({"stage": stage, "since": since}))
        return parsed(_Abandonments, answer).abandoned


def _record(row: dict[str, Any]) -> CallRecord:
    """Raises `StoreError` for a malformed row."""
    # a witness's account may be stored before the opening: until then the row's own time is the nearest
    ringing_at = row.get("ringing_at") or row.get("created_at")
    return parsed(CallRecord, row | {"ringing_at": ringing_at})


def _records(answer: object) -> list[CallRecord]:
    """A malformed row is reported and left out, so that the watchdog still heals the other calls."""
    records: list[CallRecord] = []
    for row in rows_of(answer):
        try:
            records.append(_record(row))
        except StoreError as error:
            report(error, action="read", call_id=str(row.get("call_id")))
    return records


@dataclass(frozen=True)
class _Over:
    over: bool


@dataclass(frozen=True)
class _Abandonments:
    abandoned: int
