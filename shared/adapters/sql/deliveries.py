"""The ports of results, deliveries and tenants' webhooks over any `Database`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shared.adapters.sql.database import Database, parsed, parsed_each, plain
from shared.domain.call import Usage
from shared.domain.delivery import Answer, Delivery, Disable, Done, GiveUp, RetryAt, State, Verdict
from shared.domain.finished_call import FinishedCall, Said, body_of, private
from shared.domain.result import ResultField, Talk, Value
from shared.domain.tenant import is_timezone
from shared.ports import DeliveryEntry, WantedResult


class SqlResults:
    def __init__(self, database: Database, stage: str) -> None:
        self._database = database
        self._stage = stage

    async def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[WantedResult]:
        wanted = {"stage": self._stage, "at": at, "until": until, "limit": limit}
        rows = parsed_each(_Wanted, await self._database.call("claim_results_v1", plain(wanted)))
        return [row.wanted for row in rows]

    async def fill(
        self, call_id: str, values: Mapping[str, Value], usage: Usage, cost_usd: Decimal | None, at: datetime
    ) -> None:
        filled = {"state": "filled", "found": values, "usage": [usage], "cost_usd": cost_usd}
        await self._database.call("settle_result_v1", plain({"call_id": call_id, "at": at} | filled))

    async def fail(self, call_id: str, error: str, at: datetime, next_at: datetime | None) -> None:
        failed = {"state": "failed" if next_at is None else "wanted", "error": error, "next_at": next_at}
        await self._database.call("settle_result_v1", plain({"call_id": call_id, "at": at} | failed))


class SqlDeliveries:
    def __init__(self, database: Database, stage: str) -> None:
        self._database = database
        self._stage = stage

    async def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        wanted = {"stage": self._stage, "at": at, "until": until, "limit": limit}
        rows = parsed_each(_Claimed, await self._database.call("claim_deliveries_v1", plain(wanted)))
        return [replace(row, body=body_of(row.call)) if row.call else row for row in rows]

    async def note(self, delivery: Delivery, answer: Answer, verdict: Verdict, at: datetime) -> None:
        tried = {
            "event_id": delivery.event_id,
            "attempt": delivery.attempt,
            "at": at,
            "status": answer.status,
            "error": answer.error or None,
            "seconds": round(answer.seconds, 3),
            "body": delivery.body,
        }
        await self._database.call("note_delivery_v1", plain(tried | _followed_by(verdict)))

    async def recent(self, limit: int, state: State | None = None) -> Sequence[DeliveryEntry]:
        wanted = {"stage": self._stage, "limit": limit, "state": state}
        return parsed_each(DeliveryEntry, await self._database.call("deliveries_v1", wanted))

    async def find(self, event_id: str) -> DeliveryEntry | None:
        row = await self._database.call("delivery_v1", plain({"stage": self._stage, "event_id": event_id}))
        return None if row is None else parsed(DeliveryEntry, row)

    async def retry(self, event_id: str, at: datetime) -> bool:
        wanted = {"stage": self._stage, "event_id": event_id, "at": at}
        return parsed(_Retried, await self._database.call("retry_delivery_v1", plain(wanted))).retried


class SqlTenantWebhooks:
    def __init__(self, database: Database, stage: str) -> None:
        self._database = database
        self._stage = stage

    async def set(self, tenant_id: str, url: str, secret: str, *, with_transcript: bool) -> bool:
        webhook = {"tenant_id": tenant_id, "url": url, "secret": secret, "with_transcript": with_transcript}
        answer = await self._database.call("set_webhook_v1", plain(webhook | {"stage": self._stage}))
        return parsed(_Made, answer).made

    async def rotate(self, tenant_id: str, secret: str, previous_until: datetime) -> bool:
        rotated = {"tenant_id": tenant_id, "secret": secret, "previous_until": previous_until, "stage": self._stage}
        return parsed(_Rotated, await self._database.call("rotate_webhook_v1", plain(rotated))).rotated

    async def remove(self, tenant_id: str) -> bool:
        wanted = {"tenant_id": tenant_id, "stage": self._stage}
        return parsed(_Removed, await self._database.call("remove_webhook_v1", plain(wanted))).removed


def _followed_by(verdict: Verdict) -> dict[str, Any]:
    match verdict:
        case Done():
            return {"follows": "delivered"}
        case GiveUp():
            return {"follows": "dead"}
        case Disable():
            return {"follows": "gone"}
        case RetryAt(at=at, holds_line=holds_line):
            return {"follows": "retry", "next_at": at, "holds_line": holds_line}


@dataclass(frozen=True)
class _Wanted:
    call_id: str
    fields: tuple[ResultField, ...]
    attempt: int
    timezone: str
    ringing_at: datetime
    utterances: tuple[Said, ...]

    @property
    def wanted(self) -> WantedResult:
        said = tuple((each.speaker, each.text) for each in private(self.utterances))
        zone = ZoneInfo(self.timezone if is_timezone(self.timezone) else "UTC")
        talk = Talk(said, self.ringing_at.astimezone(zone))
        return WantedResult(self.call_id, self.fields, self.attempt, talk)


@dataclass(frozen=True)
class _Claimed(Delivery):
    call: FinishedCall | None
    """At its first try, which makes the body."""


@dataclass(frozen=True)
class _Retried:
    retried: bool


@dataclass(frozen=True)
class _Made:
    made: bool


@dataclass(frozen=True)
class _Rotated:
    rotated: bool


@dataclass(frozen=True)
class _Removed:
    removed: bool
