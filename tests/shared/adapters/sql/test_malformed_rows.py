"""Rows that a store answers and that aren't what the asker can use: a `StoreError`, and the other rows are served."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.adapters.memory import FixedClock
from shared.adapters.sql.database import MALFORMED, parsed, parsed_each, plain
from shared.adapters.sql.directory import SqlDirectory
from shared.adapters.sql.recordings import SqlRecordings
from shared.adapters.sql.records import SqlRecords
from shared.adapters.sql.stores import SqlAlerts, SqlCalls, SqlConsents
from shared.domain.call import CallEvent, CallRecord
from shared.domain.language.consent import ConsentAnswer, ConsentRecord
from shared.errors import DirectoryError, StoreError
from shared.ports import Receipt, RecordingEntry

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
RECORD = CallRecord(
    call_id="one", stage="local", release="r1", tenant_id=None, tenant_name=None, template=None, did=None, caller=None,
    decision={"kind": "admit"}, ringing_at=NOON, answered_at=None, ended_at=None, disposition=None, outcome=None,
    ended_by=None, end_reason=None, cost_usd=None, cost_items={}, transcript=(), usage=(),
    events=(CallEvent("one", "k", "ringing", NOON),),
)  # fmt: skip
ENTRY = RecordingEntry("r", "one", "calls/one.ogg", NOON, None)
VOICEMAIL = RecordingEntry(
    "v", "one", None, NOON, NOON, kind="voicemail", seconds=2.5, source_url="http://carrier.test/one"
)
CONSENT = ConsentRecord("one", "k", ConsentAnswer.REFUSED, "v1", "ab", "en", "no", NOON)
ALERT: dict[str, Any] = {
    "key": "redis", "severity": "page", "title": "Redis is away", "stage": "local", "release": "r1",
    "last_at": NOON, "call_id": None, "fields": {}, "raised": 2,
}  # fmt: skip


class Answering:
    """A database that gives one answer to everything."""

    def __init__(self, answer: object) -> None:
        self.answer = plain(answer)

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        del function, payload
        return self.answer

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt:
        raise AssertionError(function)


Read = Callable[[Answering], Awaitable[Any]]


def _calls(a: Answering) -> SqlCalls:
    return SqlCalls(a, a, "local", "r1")


def _recordings(a: Answering) -> SqlRecordings:
    return SqlRecordings(a, a, "local", "r1")


READS: dict[str, tuple[Read, object, type[Exception]]] = {
    "a place": (lambda a: _calls(a).take_place("one", "t", NOON), {"taken": "perhaps"}, StoreError),
    "no place": (lambda a: _calls(a).take_place("one", "t", NOON), {}, StoreError),
    "consents": (lambda a: SqlConsents(a, a, "local", "r1").of_call("one"), [plain(CONSENT) | {"at": "?"}], StoreError),
    "an answer": (lambda a: SqlConsents(a, a, "l", "r").of_call("one"), [plain(CONSENT) | {"answer": "?"}], StoreError),
    "recordings": (lambda a: _recordings(a).of_call("one"), [plain(ENTRY) | {"kind": None}], StoreError),
    "a record": (lambda a: SqlRecords(a).find("one"), plain(RECORD) | {"ringing_at": "noon"}, StoreError),
    "a record without times": (lambda a: SqlRecords(a).find("one"), plain(RECORD) | {"ringing_at": None}, StoreError),
    "an event": (lambda a: SqlRecords(a).find("one"), plain(RECORD) | {"events": [{"kind": "x"}]}, StoreError),
    "an end": (lambda a: SqlRecords(a).is_over("one"), {"over": None}, StoreError),
    "abandonments": (lambda a: SqlRecords(a).abandonments("local", NOON), {"abandoned": "some"}, StoreError),
    "no list": (lambda a: SqlRecords(a).recent("local", 5), {"call_id": "one"}, StoreError),
    "voicemails": (lambda a: _recordings(a).unfetched(), "none", StoreError),
    "alerts": (lambda a: SqlAlerts(a, a, "local", "r1", FixedClock()).open_alerts(), None, StoreError),
    "a holding": (lambda a: SqlDirectory(a).holding("+12065550100"), {"stage": " "}, DirectoryError),
    "numbers": (lambda a: SqlDirectory(a).dids("local"), ["+12065550100", 7], DirectoryError),
}


@pytest.mark.parametrize("name", READS)
async def test_given_a_malformed_row_when_it_is_read_then_it_is_the_stores_error(name: str) -> None:
    read, answer, kind = READS[name]
    with pytest.raises(kind) as raised:
        await read(Answering(answer))
    assert getattr(raised.value, "cause_code", None) == MALFORMED


LISTS: dict[str, tuple[Read, dict[str, Any], str]] = {
    "open calls": (lambda a: SqlRecords(a).open_calls("local", NOON), plain(RECORD), "ringing_at"),
    "recent calls": (lambda a: SqlRecords(a).recent("local", 5), plain(RECORD), "decision"),
    "withdrawn recordings": (lambda a: _recordings(a).withdrawn(NOON), plain(ENTRY), "started_at"),
    "voicemails": (lambda a: _recordings(a).unfetched(), plain(VOICEMAIL), "source_url"),
    "alerts": (lambda a: SqlAlerts(a, a, "local", "r1", FixedClock()).open_alerts(), plain(ALERT), "raised"),
}


@pytest.mark.parametrize("name", LISTS)
async def test_given_one_malformed_row_among_others_when_a_list_is_read_then_it_is_reported_and_the_others_are_served(
    name: str,
) -> None:
    read, row, field = LISTS[name]
    with capture_logs() as logs:
        found = await read(Answering([row, row | {field: ["?"]}, row]))
    assert len(found) == 2
    assert [(entry["code"], field in entry["error"]) for entry in logs] == [("store_refused", True)]


def test_given_a_whole_row_when_parsed_then_it_is_the_value_that_was_written() -> None:
    answer = plain(RECORD) | {"a_later_releases_field": 1}
    assert parsed(CallRecord, answer) == RECORD
    assert parsed(list[ConsentRecord], [plain(CONSENT)]) == [CONSENT]
    assert parsed_each(RecordingEntry, [plain(ENTRY)]) == [ENTRY]


def test_given_a_malformed_row_when_parsed_then_the_message_names_the_field_and_not_its_value() -> None:
    with pytest.raises(StoreError) as raised:
        parsed(ConsentRecord, plain(CONSENT) | {"utterance": ["my name is Anna"]})
    assert "utterance" in str(raised.value)
    assert "Anna" not in str(raised.value)
