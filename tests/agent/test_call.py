"""The end of a call is recorded, whatever the journal, the recorder, the line or a row of the store does."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from conversations import a_conversation
from structlog.testing import capture_logs

from agent import call as calls
from agent.call import take_call
from agent.lines.line import Ending
from agent.record.account import AgentAccount
from agent.record.journal import Journal
from shared.adapters.clock import SystemClock
from shared.domain.call import CallEvent, CallRecord
from shared.errors import StoreError
from shared.ports import Receipt
from shared.services import Services


class Unforeseen(Exception):
    """What nobody wrote a handler for."""


class FakeLine:
    """A line to the demo church, on which the given steps break."""

    did_raw, caller_raw, room_id = "+12065550100", "+12065550142", None
    synthetic = unsigned = False

    def __init__(self, *breaking: str) -> None:
        self.call_id = str(uuid.uuid4())
        self.ringing_at = datetime.now(UTC)
        self._breaking = breaking
        self._over = asyncio.Event()
        self.rejected_with: int | None = None

    def attach(self, session: Any) -> None:
        raise Unforeseen("no sound")

    async def answer(self, session: Any, agent: Any) -> bool:
        raise Unforeseen("no answer")

    async def reject(self, sip_code: int) -> None:
        self.rejected_with = sip_code
        self._over.set()

    async def hang_up(self, reason: str) -> None:
        if "hang_up" in self._breaking:
            raise Unforeseen("the line can't be hung up")
        self._over.set()

    async def ended(self) -> Ending:
        if "ended" in self._breaking:
            raise Unforeseen("the line doesn't say how it ended")
        await self._over.wait()
        return Ending("agent", "over", datetime.now(UTC))


class BrokenCalls:
    """The store's calls, of which the given writes break."""

    def __init__(self, calls: Any, error: Exception, *breaking: str) -> None:
        self._calls = calls
        self._error = error
        self._breaking = breaking

    def __getattr__(self, name: str) -> Any:
        if name not in self._breaking:
            return getattr(self._calls, name)

        async def broken(*_: Any) -> Any:
            raise self._error

        return broken


async def record_of(services: Services, call_id: str) -> CallRecord:
    record = await services.records.find(call_id)
    assert record is not None and record.ended_at is not None, "the call has no end"
    return record


async def end(line: Any, services: Services, listener: Any = None) -> list[Any]:
    """A call that is refused for want of room, from its ringing to its record; the reports meanwhile."""
    with capture_logs() as logs:
        async with asyncio.timeout(20):
            await take_call(line, services, engines=None, listener=listener, at_capacity=True)  # type: ignore[arg-type]
    return [entry for entry in logs if entry["event"] == "error"]


@pytest.mark.parametrize("error", [Unforeseen("a driver broke"), StoreError("refused", "23514")], ids=repr)
async def test_given_the_journal_can_t_write_when_a_call_ends_then_it_is_recorded(
    services: Services, error: Exception
) -> None:
    line = FakeLine()
    broken = replace(services, calls=BrokenCalls(services.calls, error, "note"))  # type: ignore[arg-type]
    await end(line, broken)
    assert (await record_of(services, line.call_id)).ended_by == "agent"


async def test_given_a_listener_that_breaks_when_a_call_ends_then_it_is_reported_and_the_call_recorded(
    services: Services,
) -> None:
    line = FakeLine()

    def listener(event: CallEvent) -> None:
        raise Unforeseen(event.kind)

    reports = await end(line, services, listener)
    assert (await record_of(services, line.call_id)).ended_by == "agent"
    assert {entry["action"] for entry in reports} == {"listener"}


@pytest.mark.parametrize("step", ["hang_up", "ended"])
async def test_given_a_line_that_breaks_when_a_call_ends_then_it_is_reported_and_the_call_recorded(
    services: Services, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "LINE_SECONDS", 0.2)
    line = FakeLine(step)
    reports = await end(line, services)
    assert (await record_of(services, line.call_id)).ended_by in ("agent", "system")
    assert "Unforeseen" in {entry["code"] for entry in reports}


async def test_given_a_call_that_came_past_the_carrier_then_it_is_refused_and_recorded_without_a_turn(
    services: Services,
) -> None:
    line = FakeLine()
    line.unsigned = True
    await take_call(line, services, engines=None)  # type: ignore[arg-type]
    record = await record_of(services, line.call_id)
    assert line.rejected_with == 486
    assert (record.outcome, record.decision["reason"]) == ("REJECTED", "UNSIGNED")
    assert (record.tenant_id, record.transcript, record.usage, record.answered_at) == (None, (), (), None)


async def test_given_what_serves_a_call_breaks_when_it_ends_then_it_is_recorded_as_an_error(services: Services) -> None:
    line = FakeLine()
    broken = replace(services, calls=BrokenCalls(services.calls, Unforeseen("a row of the store"), "open"))  # type: ignore[arg-type]
    await end(line, broken)
    record = await record_of(services, line.call_id)
    assert record.ended_at is not None


@pytest.mark.requirement("RP-23", part="a cancellation is passed on, recorded as one, and starts no session")
@pytest.mark.requirement("RP-18", part="a call that is cancelled, too, is no error")
async def test_given_a_call_that_is_cancelled_then_it_is_recorded_as_such_and_nothing_is_logged_as_an_error(
    services: Services,
) -> None:
    class Ringing(FakeLine):
        async def reject(self, sip_code: int) -> None:
            refused.set()

    line, refused = Ringing(), asyncio.Event()
    with capture_logs() as logs:
        taking = asyncio.create_task(take_call(line, services, engines=None, at_capacity=True))  # type: ignore[arg-type]
        await refused.wait()
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
    assert (await record_of(services, line.call_id)).end_reason == "cancelled"
    mine = [entry for entry in logs if entry.get("action") in ("call_cancelled", "call_ended")]
    assert [(entry["action"], entry["log_level"]) for entry in mine] == [
        ("call_cancelled", "info"), ("call_ended", "info"),
    ]  # fmt: skip
    assert mine[1]["session_started"] is False
    assert not [entry for entry in logs if entry["log_level"] == "error"]


@pytest.mark.requirement("OP-23")
async def test_given_a_call_that_has_ended_then_its_session_with_the_transcript_is_gone_from_redis(
    services: Services,
) -> None:
    line = FakeLine()
    await services.sessions.save(a_conversation(call_id=line.call_id))
    await end(line, services)
    await record_of(services, line.call_id)
    assert await services.sessions.load(line.call_id) is None


@pytest.mark.requirement("OP-23")
async def test_given_a_record_that_could_not_be_written_then_the_session_stays(services: Services) -> None:
    line = FakeLine()
    await services.sessions.save(a_conversation(call_id=line.call_id))
    broken = replace(services, calls=BrokenCalls(services.calls, StoreError("refused", "23514"), "complete"))  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        await end(line, broken)
    assert await services.sessions.load(line.call_id) is not None


# ---- the journal's writer


class Notes:
    """Takes events; raises first what it is given."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.taken: list[str] = []

    async def note(self, event: CallEvent) -> Receipt:
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(event.kind)
        return Receipt.STORED


@pytest.fixture
async def notes() -> AsyncIterator[Notes]:
    yield Notes(Unforeseen("a driver broke"))


async def test_given_an_unforeseen_error_when_events_are_written_then_it_is_reported_and_the_next_ones_are_written(
    notes: Notes,
) -> None:
    with capture_logs() as logs:
        journal = Journal("call-1", notes, SystemClock())  # type: ignore[arg-type]
        for kind in ("ringing", "answered", "ended"):
            journal.note(kind)
        await journal.aclose()
    assert notes.taken == ["answered", "ended"]
    assert [(e["action"], e["call_id"]) for e in logs if e["event"] == "error"] == [("journal", "call-1")]


async def test_given_a_course_without_anything_then_its_facts_can_be_told() -> None:
    facts = AgentAccount().facts(Ending("system", "unknown", datetime.now(UTC)))
    assert facts.ended_by == "system" and not facts.admitted
