"""The task manager by phone, as typed calls: a list is kept from call to call, and nobody hears another's."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from typed_desk import Desk, opened

from agent.businesses.tasks.tools import NO_NUMBER, NOT_READ, NOT_WRITTEN
from lab.person.text_line import TextLine
from shared.errors import StoreUnavailable
from shared.services import Services

TALLY, ANN, BEN = "+12065550161", "+12065550142", "+12065550188"


async def ring(desk: Desk, caller: Any) -> TextLine:
    line, greeting = await desk.ring(caller, did=TALLY)
    assert greeting.startswith("Hello, this is Tally"), greeting
    assert "What can I do about your tasks?" in await line.say("No, please don't record.")
    return line


async def says(line: TextLine, said: str, *expected: str) -> str:
    heard = await line.say(said)
    assert [words for words in expected if words not in heard] == [], (said, heard)
    return heard


@pytest.mark.requirement("OP-08", "OP-10", "OP-13", "OP-14", "OP-15", "OP-16", "OP-17", "OP-18", "OP-20")
@pytest.mark.requirement("OP-11", part="by phone, after the question about the recording")
@pytest.mark.requirement("OP-118", part="by phone: the call goes on unrecorded")
async def test_given_callers_with_lists_then_each_keeps_their_own_by_sentences_from_call_to_call(
    services: Services, lab: Any, ear: Any, database_url: str
) -> None:
    async with opened(services, ear) as desk:
        line = await ring(desk, ANN)
        await says(line, "Which jobs do I still have?", "You have no open tasks")
        await says(line, "Hi, could you add a reminder that I should call the landlord?", "added Call the landlord")
        await says(line, "I also have to pick up the dry cleaning.", "added Pick up the dry cleaning")
        await says(line, "So what is on my list now?", "2 open tasks: Call the landlord and Pick up the dry cleaning")
        await says(line, "I've already done the dry cleaning.", "marked Pick up the dry cleaning as done")
        await says(line, "Tell me which tasks are left.", "one open task: Call the landlord")
        await says(line, "Please rename call the landlord to write to the landlord.", "to Write to the landlord")
        await desk.hang_up(line)

        other = await ring(desk, BEN)
        await says(other, "What's on my to-do list?", "You have no open tasks")
        await desk.hang_up(other)

        line = await ring(desk, ANN)
        await says(line, "What do I have to do?", "one open task: Write to the landlord")
        asks = "Shall I delete Write to the landlord from your list?"
        await says(line, "Please remove the landlord from my list.", asks)
        await says(line, "No, leave it there.")
        await says(line, "Which tasks are open?", "one open task: Write to the landlord")
        await says(line, "Get rid of the one about the landlord.", asks)
        await says(line, "Yes, go ahead.", "deleted Write to the landlord")
        await says(line, "What are my tasks?", "You have no open tasks")
        await desk.hang_up(line)

        nobody = await ring(desk, None)
        for said in ("What's on my list?", "Add a task to buy a birthday cake."):
            await says(nobody, said, NO_NUMBER)
        await desk.hang_up(nobody)

    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("select title, status, owner, created_via from tasks")
    await connection.close()
    assert [tuple(row) for row in rows] == [("Pick up the dry cleaning", "done", ANN, "phone")]
    record = await services.records.find(line.call_id)
    assert record is not None and record.disposition == "ANSWERED"


class Failing:
    """A database that fails at these functions."""

    def __init__(self, rows: Any, fails: Callable[[str], bool]) -> None:
        self._rows, self.fails = rows, fails

    def __getattr__(self, name: str) -> Any:
        async def called(function: str, payload: dict[str, Any]) -> Any:
            if self.fails(function):
                raise StoreUnavailable("the database is lost")
            return await getattr(self._rows, name)(function, payload)

        return called


@pytest.mark.requirement("OP-16", "OP-19")
async def test_given_a_database_that_is_lost_then_no_task_is_confirmed_that_was_not_stored(
    services: Services, lab: Any, ear: Any
) -> None:
    rows = Failing(services.business_rows, lambda function: False)
    async with opened(replace(services, business_rows=rows), ear) as desk:
        line = await ring(desk, ANN)
        rows.fails = lambda function: function == "create_task_v1"
        heard = await says(line, "Remind me to book the flights.", "couldn't add Book the flights")
        assert "I've added" not in heard
        rows.fails = lambda function: False
        await says(line, "Remind me to book the flights.", "I've added Book the flights")
        rows.fails = lambda function: function in ("delete_tasks_v1", "change_task_v1")
        await says(line, "I've booked the flights already, mark that as done.", "nothing has changed on your list")
        await says(line, "Delete the flights from my list.", "Shall I delete Book the flights")
        await says(line, "Yes, please.", NOT_WRITTEN)
        rows.fails = lambda function: True
        await says(line, "What's on my list?", "one open task: Book the flights")
        await desk.hang_up(line)
        other = await ring(desk, BEN)
        await says(other, "What's on my list?", NOT_READ)
        await desk.hang_up(other)
