"""The ports of what lasts, over any `Database`. Reads ask it; durable writes go through `Writes`."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from shared.adapters.database import Database, plain, row_of, rows_of
from shared.domain.call import CallEvent, CallOpening, Completion
from shared.domain.consent import ConsentAnswer, ConsentRecord
from shared.ports import Alert, Receipt, Request, Voicemail


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
        answer = row_of(await self._database.call("take_place_v1", plain(payload)))
        return answer["taken"] is True

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
            for row in rows_of(rows)
        ]


class SqlRequests:
    def __init__(self, writes: Writes) -> None:
        self._writes = writes

    async def submit(self, request: Request) -> Receipt:
        """`fields`, by kind: see `submit_request_v1`."""
        return await self._writes.write("submit_request_v1", plain(request))


class SqlVoicemails:
    def __init__(self, database: Database, writes: Writes, stage: str, release: str) -> None:
        self._database = database
        self._writes = writes
        self._writer = {"stage": stage, "release": release}

    async def put(self, voicemail: Voicemail) -> Receipt:
        return await self._writes.write("put_voicemail_v1", plain(voicemail) | self._writer)

    async def unfetched(self, stage: str) -> Sequence[Voicemail]:
        rows = await self._database.call("unfetched_voicemails_v1", {"stage": stage})
        return [
            Voicemail(
                call_id=row["call_id"],
                at=datetime.fromisoformat(row["at"]),
                url=row["url"],
                seconds=row["seconds"],
                path=row["path"],
            )
            for row in rows_of(rows)
        ]


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
            for row in rows_of(rows)
        ]
