"""The ports of calls, consents, requests and alerts: reads from a `Database`, writes through `Writes`."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.adapters.sql.database import Database, parsed, parsed_each, plain
from shared.domain.call import CallEvent, CallOpening, Completion
from shared.domain.language.consent import ConsentRecord
from shared.domain.notification import Due
from shared.ports import Alert, Callback, Claim, Clock, NotifiableAlert, OpenAlert, Receipt, SafetyReport


class Writes(Protocol):
    """Calls a function that changes something, now or later (`shared.adapters.sql.spool`)."""

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt: ...


class DirectWrites:
    """Writes at once or not at all: for a command whose user sees that it failed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt:
        await self._database.call(function, payload)
        return Receipt.STORED

    async def waiting(self) -> int:
        return 0


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
        payload = {"call_id": call_id, "tenant_id": tenant_id, "at": at} | self._writer
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

    async def change(self, function: str, payload: dict[str, Any]) -> Any:
        return await self._database.call(function, plain(payload) | self._writer)


class SqlAlerts:
    def __init__(self, database: Database, writes: Writes, stage: str, release: str, clock: Clock) -> None:
        self._database = database
        self._writes = writes
        self._stage = stage
        self._release = release
        self._clock = clock

    async def raise_(self, alert: Alert) -> Receipt:
        # the spool may deliver it twice, and it must count once
        raised = {
            "raise_id": uuid.uuid4().hex,
            "stage": self._stage,
            "release": self._release,
            "at": self._clock.now(),
        }
        return await self._writes.write("raise_alert_v1", plain(alert) | plain(raised))

    async def close(self, key: str) -> Receipt:
        closed = {"key": key, "stage": self._stage, "at": self._clock.now()}
        return await self._writes.write("close_alert_v1", plain(closed))

    async def open_alerts(self) -> Sequence[OpenAlert]:
        return parsed_each(OpenAlert, await self._database.call("open_alerts_v1", {"stage": self._stage}))

    async def ack(self, key: str, by: str, silenced_until: datetime | None = None) -> bool:
        acked = {"key": key, "stage": self._stage, "at": self._clock.now(), "by": by, "silenced_until": silenced_until}
        return parsed(_Acked, await self._database.call("ack_alert_v1", plain(acked))).acked


class SqlAlertNotices:
    def __init__(self, database: Database, stage: str) -> None:
        self._database = database
        self._stage = stage

    async def to_tell(self, since: datetime) -> Sequence[NotifiableAlert]:
        answer = await self._database.call("alerts_to_tell_v1", plain({"stage": self._stage, "since": since}))
        return parsed_each(NotifiableAlert, answer)

    async def claim(self, alert: NotifiableAlert, message: Due, at: datetime, until: datetime) -> Claim:
        claim = {"raised": alert.raised, "cause": alert.cause, "at": at, "next_at": until}
        answer = await self._database.call("claim_notice_v1", plain(_identity(alert, message) | claim))
        return parsed(Claim, answer)

    async def note(
        self,
        alert: NotifiableAlert,
        message: Due,
        *,
        sent_at: datetime | None = None,
        given_up_at: datetime | None = None,
        next_at: datetime | None = None,
        error: str | None = None,
    ) -> None:
        outcome = {"sent_at": sent_at, "given_up_at": given_up_at, "next_at": next_at, "error": error}
        await self._database.call("note_notice_v1", plain(_identity(alert, message) | outcome))


def _identity(alert: NotifiableAlert, message: Due) -> dict[str, Any]:
    return {"alert_id": alert.alert_id, "channel": message.channel, "kind": message.kind, "round": message.round}


@dataclass(frozen=True)
class _Acked:
    acked: bool


@dataclass(frozen=True)
class _Place:
    taken: bool
