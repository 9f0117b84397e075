"""The caller is gone, at every bad moment: one complete record, judged right, and nothing left running."""

import asyncio
from typing import Any

import asyncpg
import pytest

from lab.person.scenario import Scenario
from lab.providers.control import LabControl
from shared.domain.call import CallEvent, CallRecord
from shared.services import Services

ASKED_FOR_A_PRAYER = (
    {"say": "No thanks, I'd rather you didn't."},
    {"say": "Could you please pray for my dad? He broke his hip on Tuesday."},
    {"say": "My name is Maria Delgado."},
    {"say": "Yes, please send it."},
)


def caller(*steps: Any) -> Scenario:
    return Scenario(name="gone", description="Hangs up.", steps=steps)


@pytest.mark.requirement("RP-18", part="one complete record; not that nothing is logged as an error")
@pytest.mark.parametrize(
    ("steps", "outcome"),
    [
        pytest.param([{"hang_up": {"when": "agent_speaking", "after_seconds": 1}}], "HUNG_UP_EARLY", id="greeting"),
        pytest.param(
            [
                {"say": "No thanks, I'd rather you didn't."},
                {"say": "When do you folks get together on Sundays?"},
                {"hang_up": {"when": "agent_speaking", "after_seconds": 1.5}},
            ],
            "QUESTION_ANSWERED",
            id="answer",
        ),
    ],
)
async def test_given_a_caller_who_hangs_up_while_the_agent_speaks_then_one_complete_record_says_so(
    steps: list[Any], outcome: str, telephone: Any, services: Services, database_url: str
) -> None:
    call = await telephone.call(caller(*steps))

    record = await only_record(call, services, database_url)
    assert (record.disposition, record.outcome, record.ended_by) == ("ANSWERED", outcome, "caller"), call.story
    assert record.end_reason == "caller_hung_up"
    assert record.cost_usd is not None


async def test_given_a_caller_who_is_gone_before_the_answer_then_the_call_is_abandoned(
    telephone: Any, services: Services, database_url: str
) -> None:
    call = await telephone.call(caller({"hang_up": {"when": "ringing", "after_seconds": 0.05}}))

    record = await only_record(call, services, database_url)
    assert (record.disposition, record.outcome) == ("ABANDONED", "NOT_ANSWERED"), call.story
    assert record.answered_at is None
    assert (record.ended_by, record.transcript) == ("caller", ())


async def test_given_a_caller_who_hangs_up_while_the_model_thinks_then_nothing_waits_for_the_model(
    telephone: Any, lab: LabControl, services: Services, database_url: str
) -> None:
    async def slow_down(_: CallEvent) -> None:
        await lab.fault("llm", "delay", seconds=5.0)
        # the caller has answered about the recording; next they ask
        telephone.when("caller_said", telephone.hang_up)

    telephone.when("consent", slow_down)
    call = await telephone.call(
        caller(
            {"say": "No thanks, I'd rather you didn't."},
            {"say": "When do you folks get together on Sundays?"},
            {"silence": 20},
        )
    )

    record = await only_record(call, services, database_url)
    assert (record.disposition, record.outcome) == ("ANSWERED", "UNRESOLVED"), call.story
    assert "nine and eleven" not in call.agent_words


@pytest.mark.requirement("PT-66")
async def test_given_a_caller_who_hangs_up_while_a_prayer_is_being_stored_then_it_is_stored_once_all_the_same(
    telephone: Any, services: Services, database_url: str
) -> None:
    other = await asyncpg.connect(database_url)
    held = other.transaction()

    async def stall(_: CallEvent) -> None:
        # the prayer was read back; the row that the caller's yes writes has to wait, and the caller doesn't
        telephone.when("caller_said", telephone.hang_up)
        await held.start()
        await other.execute("lock table voice_prayer_requests in access exclusive mode")

    try:
        telephone.when("tool_done", stall)
        call = await telephone.call(caller(*ASKED_FOR_A_PRAYER))
        await held.rollback()
    finally:
        await other.close()

    assert len(call.told("tool_called")) == 1, "the yes is the caller's, and code acts on it"
    assert call.report.ended_by == "caller"
    await until_stored(database_url)
    record = await only_record(call, services, database_url)
    assert (record.disposition, record.outcome) == ("ANSWERED", "REQUEST_TAKEN"), call.story
    assert [request["kind"] for request in record.requests] == ["prayer"]


async def until_stored(url: str) -> None:
    """Waits until the prayer, kept meanwhile, is delivered, and behind it in the spool the end of its call."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(20):
            for rows in ("voice_prayer_requests", "calls where ended_at is not null"):
                while not await connection.fetchval(f"select count(*) from {rows}"):
                    await asyncio.sleep(0.1)
    finally:
        await connection.close()


async def only_record(call: Any, services: Services, url: str) -> CallRecord:
    """The call's record, complete, and the only one there is."""
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("select count(*) from calls") == 1
    finally:
        await connection.close()
    record = await services.records.find(call.call_id)
    assert record is not None and record.ended_at is not None
    assert [event.kind for event in record.events].count("ended") == 1
    return record
