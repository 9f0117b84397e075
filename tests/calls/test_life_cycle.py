"""The life of a call as its log has it: its steps in order, and the next call answered whatever went wrong before."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs
from typed_desk import Desk, opened

from agent.conversation import conversation
from agent.conversation.session import SessionSaver
from lab.person.text_line import TextLine
from shared.config import changed
from shared.services import Services

CASCADE = "+12065550160"
GREETED = "Thank you for calling Cascade Tool Rental."
MOST_LINES = 40
"""In the log of a call of a few turns."""


class Stuck(TextLine):
    """Its session never starts."""

    async def answer(self, session: Any, agent: Any) -> bool:
        return await asyncio.Event().wait()


class Broken(TextLine):
    """Its session fails to start."""

    async def answer(self, session: Any, agent: Any) -> bool:
        raise RuntimeError("a bug in the start")


class GoneMeanwhile(TextLine):
    """Its caller hangs up while the session starts."""

    async def answer(self, session: Any, agent: Any) -> bool:
        self._end("caller", "caller_hung_up")
        return await super().answer(session, agent)


class Hanging:
    """The rows of a rental whose store gives no answer."""

    async def read(self, function: str, payload: dict[str, Any]) -> Any:
        await asyncio.Event().wait()


@asynccontextmanager
async def logged(desk: Desk, kind: type[TextLine] = TextLine) -> AsyncIterator[tuple[TextLine, str, list[Any]]]:
    """A call to the rental, hung up by its caller at the end; its log is whole after that."""
    with capture_logs() as lines:
        line, said = await desk.ring("+12065550142", did=CASCADE, kind=kind)
        yield line, said, lines
        await desk.hang_up(line)


def steps(lines: list[Any]) -> list[str]:
    """The steps of the call, without those of the stock, which come when they come."""
    known = ("session_starting", "session_started", "session_start_timeout", "call_ended", "call_cancelled")
    return [line["action"] for line in lines if line.get("action") in known]


def faults(lines: list[Any]) -> list[Any]:
    return [line for line in lines if line["log_level"] in ("error", "critical")]


@pytest.mark.requirement("RP-18", "RP-21", "RP-45", "RP-62")
@pytest.mark.requirement("RP-44", part="from the start of the session to the end of the call")
@pytest.mark.requirement("RP-46")
async def test_given_a_caller_who_hangs_up_then_the_log_has_each_step_once_in_order_and_nothing_as_an_error(
    services: Services, lab: Any, ear: Any
) -> None:
    async with opened(services, ear) as desk:
        async with logged(desk) as (line, said, lines):
            assert said.startswith(GREETED)
            assert "pressure washer" in await line.say("Have you something to clean a driveway with?")
        assert steps(lines) == ["session_starting", "session_started", "call_ended"]
        (ended,) = [each for each in lines if each.get("action") == "call_ended"]
        assert (ended["session_started"], ended["reached"]) == (True, "started")
        assert {"inventory_loaded", "inventory_cached"} & {each.get("action") for each in lines}
        assert faults(lines) == [] and len(lines) < MOST_LINES, [each["event"] for each in lines]
        assert {each["log_level"] for each in lines} <= {"info", "warning"}

        async with logged(desk, GoneMeanwhile) as (line, _, lines):
            pass
        (ended,) = [each for each in lines if each.get("action") == "call_ended"]
        assert (ended["session_started"], ended["reached"]) == (False, "starting") and faults(lines) == []
        record = await services.records.find(line.call_id)
        assert record is not None and (record.ended_by, record.answered_at) == ("caller", None)


@pytest.mark.requirement("RP-01", "RP-05", "RP-06", "RP-20", "RP-63")
@pytest.mark.requirement("RP-19")
@pytest.mark.requirement("RP-02", part="all causes but a machine that is too small")
@pytest.mark.requirement("RP-59", part="a start that hangs, an error in the clean-up, a hang-up during the start")
async def test_given_a_start_that_hangs_and_a_clean_up_that_fails_then_both_have_a_limit_and_the_next_call_is_answered(
    services: Services, lab: Any, ear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert services.settings.start_seconds == 60.0
    soon = replace(services, settings=changed(services.settings, start_seconds="0.3"))
    async with opened(soon, ear) as desk:
        with capture_logs() as lines:
            line = Stuck(did=CASCADE, caller="+12065550142")
            began = time.monotonic()
            await desk.take(line)
            assert time.monotonic() - began < 30
        timeouts = [each for each in lines if each.get("action") == "session_start_timeout"]
        assert [each["seconds"] for each in timeouts] == [0.3, 0.3], "the conversation's, and the apology's"
        (ended,) = [each for each in lines if each.get("action") == "call_ended"]
        assert (ended["session_started"], ended["reached"]) == (False, "starting")
        record = await services.records.find(line.call_id)
        assert record is not None and record.ended_at is not None and record.answered_at is None

        with capture_logs() as lines:
            line = Broken(did=CASCADE, caller="+12065550142")
            await desk.take(line)
        (ended,) = [each for each in lines if each.get("action") == "call_ended"]
        assert (ended["session_started"], ended["reached"]) == (False, "starting")
        record = await services.records.find(line.call_id)
        assert record is not None and (record.ended_at is not None, record.end_reason) == (True, "error")
        async with logged(desk) as (_, said, _):
            assert said.startswith(GREETED)

        close_saver, close_keys = SessionSaver.aclose, conversation.Keys.aclose

        async def hangs(saver: SessionSaver) -> None:
            await close_saver(saver)
            await asyncio.Event().wait()

        async def fails(keys: conversation.Keys) -> None:
            await close_keys(keys)
            raise RuntimeError("a bug in the clean-up")

        monkeypatch.setattr("agent.conversation.closing.CLOSE_SECONDS", 3.0)
        monkeypatch.setattr(SessionSaver, "aclose", hangs)
        monkeypatch.setattr(conversation.Keys, "aclose", fails)
        async with logged(desk) as (line, said, lines):
            assert said.startswith(GREETED)
        cleaned = {each["what"]: each["log_level"] for each in lines if each.get("action") == "clean_up"}
        assert (cleaned["session saver"], cleaned["keys"]) == ("warning", "error")
        record = await services.records.find(line.call_id)
        assert record is not None and (record.ended_by, record.end_reason) == ("caller", "caller_hung_up")
        monkeypatch.undo()
        async with logged(desk) as (_, said, _):
            assert said.startswith(GREETED)


@pytest.mark.requirement("RP-01", "RP-04", "RP-09", "RP-61", "RP-69")
@pytest.mark.requirement("RP-02", part="all causes but a machine that is too small")
@pytest.mark.requirement("RP-35")
async def test_given_a_store_that_hangs_then_the_greeting_waits_for_nothing_and_the_stock_is_unknown_after_3_s(
    services: Services, lab: Any, ear: Any
) -> None:
    hanging: Any = Hanging()
    async with opened(services, ear) as desk:
        async with logged(desk):
            began = time.monotonic()
        usual = time.monotonic() - began
    async with opened(replace(services, business_rows=hanging), ear) as desk:
        await services.snapshots.drop("equipment:00000000-0000-4000-b000-000000000011", 10**6)
        began = time.monotonic()
        async with logged(desk) as (line, said, lines):
            assert said.startswith(GREETED) and time.monotonic() - began < usual + 3.0
            assert not [each for each in lines if each.get("action") == "inventory_timeout"]
            assert "can't see our equipment" in await line.say("Do you have a generator?")
        async with logged(desk) as (_, said, _):
            assert said.startswith(GREETED), "the next call is answered as well"
        (waited, *_) = [each for each in lines if each.get("action") == "inventory_timeout"]
        assert (waited["event"], waited["seconds"]) == ("Equipment loading timed out - inventory unknown", 3.0)
