"""Questions that no fact answers: answered from the tenant's documents, and the record names the source."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from typed_desk import opened

from agent.tools.look_up import LOOK_UP_SECONDS, UNAVAILABLE
from shared.adapters.sql.knowledge import SqlKnowledge
from shared.domain.call import CallRecord
from shared.domain.knowledge import Document, FoundPassage, cut
from shared.errors import StoreUnavailable
from shared.services import Services

GRACE = "00000000-0000-4000-a000-000000000001"
CLUBS = """
# Groups and rooms

## Scouts
Our scout troop takes children from age eleven. They camp at Lake Odell every July.

Q: What does it cost to use the gymnasium?
A: The gymnasium is sixty dollars an evening. Ask for the key at the office.
"""


def events_of(record: CallRecord | None, kind: str) -> list[dict[str, Any]]:
    assert record is not None
    return [event.fields for event in record.events if event.kind == kind]


FACTS = {
    "Which street is your church on?": "1420 Alder Street",
    "I've never been to a church, what should I expect?": "Come as you are",
    "Are there any events this month?": "community supper on Friday",
    "How can I make a donation?": "by a check in the offering",
}
"""By question: of the tenant's row."""


async def knowing(services: Services, text: str = CLUBS) -> None:
    await services.knowledge.put(GRACE, Document("clubs.md", "Groups and rooms", cut(text)))


@pytest.mark.requirement("PT-62")
async def test_given_documents_when_callers_ask_then_they_are_answered_from_them_alone_and_the_record_names_the_source(
    services: Services, lab: Any, ear: Any
) -> None:
    await knowing(services)
    async with opened(services, ear) as desk:
        line, greeting = await desk.ring("+12065550142")
        assert greeting.startswith("Thank you for calling Grace Community Church.")
        for question, fact in FACTS.items():
            assert fact in await line.say(question), question
        assert "sixty dollars an evening" in await line.say("How much would the gymnasium set us back for one night?")
        assert "Lake Odell" in await line.say("Where do the scouts camp in summer?")
        assert "nine and eleven" in await line.say("What time is the Sunday service?"), "a fact, without looking it up"
        unknown = await line.say("Do you repair pianos?")
        assert unknown.startswith("I'm afraid I don't have that information.") and "call you back" in unknown
        assert "May I have your name?" in await line.say("Yes, have somebody call me back.")
        await desk.hang_up(line)
    record = await services.records.find(line.call_id)
    assert [(each["document"], each["heading"], each["passage"]) for each in events_of(record, "answered_from")] == [
        ("clubs.md", "Scouts / What does it cost to use the gymnasium?", 2),
        ("clubs.md", "Scouts", 1),
    ]
    looked_up = [each for each in events_of(record, "tool_done") if each["tool"] == "look_up"]
    assert [each["status"] for each in looked_up] == ["found", "found", "not_found"]


@pytest.mark.requirement("PT-23")
async def test_given_documents_that_cant_be_read_when_a_caller_asks_then_the_agent_says_so_and_the_call_goes_on(
    services: Services, lab: Any, ear: Any
) -> None:
    await knowing(services)

    class Hanging(SqlKnowledge):
        def __init__(self) -> None:
            pass

        async def find(self, tenant_id: str, words: str, limit: int) -> list[FoundPassage]:
            if "pianos" in words:
                await asyncio.sleep(LOOK_UP_SECONDS * 100)
            raise StoreUnavailable("the database can't be reached")

    async with opened(replace(services, knowledge=Hanging()), ear) as desk:
        line, _ = await desk.ring("+12065550142")
        assert (await line.say("Do you repair pianos?")).endswith(UNAVAILABLE), "after a filler"
        assert (await line.say("Where do the scouts camp in summer?")).endswith(UNAVAILABLE)
        assert "nine and eleven" in await line.say("What time is the Sunday service?")
        await desk.hang_up(line)
