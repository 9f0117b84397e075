"""Callers who are put through to a person, in typed calls: taken, declined, unanswered, a machine, given up."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from conversations import a_conversation
from people_of_tenants import reachable
from typed_desk import opened, until

from lab.person.colleague import Colleague
from lab.person.text_line import TextLine
from shared.domain import transfer
from shared.domain.call import CallRecord
from shared.domain.people import Person
from shared.domain.transfer import PersonLeg
from shared.services import Services

GRACE = "00000000-0000-4000-a000-000000000001"
MARIA = Person("Maria Lopez", "+12065550181", queue="office", place=1)
JONAS = Person("Jonas Weber", "204", queue="office", place=2)
WISH = "Please put me through to the office."
REASON = "It's about the heating in the chapel."


async def settled(line: TextLine, words: str) -> str:
    """What the agent has said since, once it says these words."""
    await until(lambda: words in " ".join(line.words))
    return " ".join(line.words)


def legs(record: CallRecord) -> list[tuple[str, str, str | None]]:
    """The last state of each person's leg: name, state, disposition."""
    last = {event.fields["leg_id"]: event.fields for event in record.events if event.kind == "leg"}
    return [(each["person"], each["state"], each["disposition"]) for each in last.values()]


class Calls:
    """Calls of one desk, each to the same people."""

    def __init__(self, desk: Any, services: Services) -> None:
        self._desk = desk
        self._services = services
        self.number = 0

    async def asks(self, maria: Colleague, jonas: Colleague | None = None) -> TextLine:
        """A caller who has said whom they want and why."""
        self.number += 1
        line, _ = await self._desk.ring(f"+120655501{60 + self.number}")
        line.colleagues |= {MARIA.number: maria, JONAS.number: jonas or Colleague(sip_code=486)}
        assert "about?" in await line.say(WISH)
        await line.say(REASON)
        return line

    async def record(self, line: TextLine) -> CallRecord:
        """The caller hangs up, where nobody has yet."""
        await self._desk.hang_up(line)
        record = await self._services.records.find(line.call_id)
        assert record is not None
        return record


@pytest.mark.usefixtures("lab")
async def test_given_people_when_a_caller_wants_one_then_each_ending_is_heard_recorded_and_billed(
    services: Services, ear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "KEY_SECONDS", 0.3)
    async with reachable(services, GRACE, MARIA, JONAS), opened(services, ear) as desk:
        calls = Calls(desk, services)

        # taken: the person hears who and why, and the agent is silent until they have gone
        maria = Colleague("take")
        line = await calls.asks(maria)
        await asyncio.wait_for(maria.talking.wait(), 10)
        assert maria.ring_seconds == transfer.RING_SECONDS == 20.0
        (said,) = maria.heard
        assert "heating in the chapel" in said and "Press 1 to take the call, or 2 to decline" in said
        assert "putting you through to Maria Lopez" in " ".join(line.words)
        before = list(line.words)
        assert await line.say("Hello Maria, the radiators are cold.") == ""
        assert line.words == before, "the agent keeps out of their talk"
        maria.hang_up()
        await asyncio.wait_for(line.ended(), 15)
        record = await calls.record(line)
        assert (record.disposition, record.outcome) == ("ANSWERED", "TRANSFERRED")
        assert (record.ended_by, record.end_reason) == ("agent", "transferred")
        assert legs(record) == [("Maria Lopez", "taken", "ANSWERED")]
        final = [event.fields for event in record.events if event.kind == "leg"][-1]
        assert final["to"] == "+*********81" and MARIA.number not in str(
            [e.fields for e in record.events if e.kind == "leg"]
        )
        assert final["answer_seconds"] is not None and final["talk_seconds"] > 0
        (carrier,) = (use for use in record.usage if use["kind"] == "carrier")
        assert carrier["audio_seconds"] > 0
        assert record.cost_items["carrier"] is None and record.cost_usd is None, "its price isn't known"

        # declined: the next of the queue is asked; a machine never takes a caller
        line = await calls.asks(Colleague("decline"), Colleague("nothing"))
        words = await settled(line, "calls you back?")
        assert "nobody is free to take the call" in words and not line.on_hold
        assert "name" in await line.say("Yes, please take a message.")
        record = await calls.record(line)
        assert legs(record) == [("Maria Lopez", "declined", "ANSWERED"), ("Jonas Weber", "machine", "ANSWERED")]
        assert record.outcome != "TRANSFERRED"

        # unanswered, and busy
        line = await calls.asks(Colleague(sip_code=480))
        await settled(line, "calls you back?")
        record = await calls.record(line)
        assert legs(record) == [("Maria Lopez", "unanswered", "NO_ANSWER"), ("Jonas Weber", "busy", "BUSY")]
        assert not [use for use in record.usage if use["kind"] == "carrier"], "what nobody answered isn't billed"

        # the caller gives up while it rings: the person's leg ends with theirs
        maria = Colleague("take", picks_up=asyncio.Event())
        line = await calls.asks(maria)
        await asyncio.wait_for(maria.rings.wait(), 10)
        assert line.on_hold
        record = await calls.record(line)
        assert maria.gone.is_set() and not maria.talking.is_set()
        assert record.ended_by == "caller" and legs(record) == [("Maria Lopez", "caller_gone", "ABANDONED")]

        # a person who hangs up instead of pressing a key has declined
        line = await calls.asks(Colleague("hang_up"), Colleague(sip_code=404))
        await settled(line, "calls you back?")
        record = await calls.record(line)
        assert legs(record) == [("Maria Lopez", "declined", "ANSWERED"), ("Jonas Weber", "failed", "FAILED")]


@pytest.mark.usefixtures("lab")
async def test_given_a_transfer_when_the_caller_talks_over_it_then_it_goes_on(services: Services, ear: Any) -> None:
    async with reachable(services, GRACE, MARIA), opened(services, ear) as desk:
        calls, maria = Calls(desk, services), Colleague("take", picks_up=asyncio.Event())
        line = await calls.asks(maria)
        await line.interrupt()
        assert await line.say("Actually, how long will that take?") == ""
        assert maria.picks_up is not None
        maria.picks_up.set()
        await asyncio.wait_for(maria.talking.wait(), 10)
        assert legs(await calls.record(line)) == [("Maria Lopez", "taken", "ANSWERED")]


@pytest.mark.usefixtures("lab")
async def test_given_a_person_who_takes_calls_unasked_then_the_callers_leg_goes_to_them(
    services: Services, ear: Any
) -> None:
    async with reachable(services, GRACE, replace(MARIA, cold=True)), opened(services, ear) as desk:
        calls, maria = Calls(desk, services), Colleague("take")
        line = await calls.asks(maria)
        ending = await asyncio.wait_for(line.ended(), 10)
        assert (ending.by, ending.reason, maria.heard) == ("agent", "transferred", [])
        record = await calls.record(line)
        assert (record.outcome, legs(record)) == ("TRANSFERRED", [("Maria Lopez", "taken", "ANSWERED")])
        assert not [use for use in record.usage if use["kind"] == "carrier"], "the leg isn't ours"


@pytest.mark.usefixtures("lab")
async def test_given_an_agent_that_dies_in_a_transfer_then_its_successor_says_so_or_ends_what_was_taken(
    services: Services, ear: Any
) -> None:
    began = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    rings = PersonLeg("leg", MARIA, "the heating", began).rings(began)
    taken = rings.answered(began).pressed("1", began)
    lost = a_conversation(call_id="d" * 32, tenant_id=GRACE, template="church")
    kept = replace(lost, version=1, caller_turns=2, node="front_desk", questions=(), transferring=True)
    async with reachable(services, GRACE, MARIA), opened(services, ear) as desk:
        assert await services.sessions.save(replace(kept, legs=(rings,)))
        line, words = await desk.ring("+12065550175", kept.call_id)
        assert words.startswith("I'm sorry, I couldn't put you through to Maria Lopez."), words
        assert "name" in await line.say("Yes, please take a message.")
        await desk.hang_up(line)

        talking = replace(kept, call_id="e" * 32, legs=(taken,))
        assert await services.sessions.save(talking)
        line, words = await desk.ring("+12065550176", talking.call_id)
        assert words.startswith("Thank you for calling Grace"), words
        await asyncio.wait_for(line.ended(), 15)
        await desk.hang_up(line)
        record = await services.records.find(talking.call_id)
        assert record is not None and (record.outcome, record.end_reason) == ("TRANSFERRED", "transferred")


@pytest.mark.usefixtures("lab")
async def test_given_nobody_to_be_put_through_to_then_the_model_is_offered_no_transfer(
    services: Services, ear: Any
) -> None:
    async with opened(services, ear) as desk:
        line, _ = await desk.ring("+12065550179")
        words = await line.say(WISH)
        assert ("putting you through" not in words and "call you back" in words) or "name" in words, words
        await desk.hang_up(line)
