"""An agent leaves a running call, and another one goes on with it from the last completed turn."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from conversations import a_conversation
from typed_desk import Desk, opened

from shared.domain.conversation import RequestTaken
from shared.domain.language.bridges import back_line
from shared.services import Services

CALLER, GRACE = "+12065550142", "00000000-0000-4000-a000-000000000001"
NO_RECORDING = "No, please don't record."
BACK = "I'm sorry, we were cut off for a moment. I'm back"


@pytest.mark.requirement("OP-30", "OP-31", "OP-32", "OP-33")
async def test_given_a_call_that_is_taken_over_again_and_again_then_each_agent_goes_on_and_one_record_is_whole(
    services: Services, lab: Any, ear: Any
) -> None:
    async with opened(services, ear) as desk:
        line, greeting = await desk.ring(CALLER)
        assert greeting.startswith("Thank you for calling Grace Community Church.")

        # the consent question is pending: it is asked again, and nobody is greeted
        line, words = await desk.hand_over(line)
        assert words.startswith(BACK) and "Thank you for calling" not in words, words
        assert words.rstrip().endswith("?") and "record" in words, words
        await line.say(NO_RECORDING)

        answer = await line.say("When is the Sunday service?")
        line, words = await desk.hand_over(line)
        assert words.startswith(BACK) and "record" not in words, words
        assert "I was just saying: " in words and answer.split(".")[0] in words, (answer, words)

        # what is left while nobody speaks goes on without a word
        line, words = await desk.hand_over(line, quietly=True)
        assert words == "" and line.words == []

        asks = await line.say("Please pray for my mother, she is ill.")
        assert asks.rstrip().endswith("?"), asks
        line, words = await desk.hand_over(line)
        assert words.startswith(BACK) and words.rstrip().endswith("?"), words
        assert asks.split(". ")[-1].strip() in words, (asks, words)
        while "prayer" not in (stored := await _stored(services, line.call_id)).stored_kinds:
            question = stored.question
            assert question is not None, line.words
            await line.say("My name is Mary Miller." if question.kind == "slot" else "Yes, please.")
        await desk.hang_up(line)
        await _a_row_that_was_being_written(desk, services)

    record = await services.records.find(line.call_id)
    assert record is not None
    assert (record.disposition, record.outcome, record.ended_by) == ("ANSWERED", "REQUEST_TAKEN", "caller")
    assert [request["kind"] for request in record.requests] == ["prayer"]
    said = [each["text"] for each in record.transcript]
    assert said[0].startswith("Thank you for calling") and NO_RECORDING in said and answer in said
    assert sum(text.startswith(BACK) or text == back_line("en") for text in said) == 3
    kinds = [event.kind for event in record.events]
    assert (kinds.count("answered"), kinds.count("took_over")) == (1, 4)
    first = next(event for event in record.events if event.kind == "answered")
    assert record.answered_at == first.at, "by its first agent"
    models = [(each["kind"], each["model"]) for each in record.usage]
    assert len(models) == len(set(models)), "one entry a model, of all agents together"


async def _a_row_that_was_being_written(desk: Desk, services: Services) -> None:
    """When the agent died: its successor finishes it by the same key, once, and says so."""
    fields = {"caller_name": "Mary", "prayer_request_text": "my mother", "confidential": False}
    call_id, key = str(uuid.uuid4()), uuid.uuid4().hex
    begun = a_conversation(call_id=call_id, tenant_id=GRACE, template="church", template_version=None, questions=())
    row = RequestTaken(key, "prayer", fields, 2, tool="submit_prayer_request")
    died = replace(begun, unanswered="Yes, please.", requests=(row,), answered_at=services.clock.now())
    assert await services.sessions.save(died)
    line, words = await desk.ring(CALLER, call_id)
    assert words.startswith(BACK) and "Your prayer request has been sent" in words, words
    line, words = await desk.hand_over(line)
    assert "Your prayer request has been sent" in words, "what was said last"
    await desk.hang_up(line)
    record = await services.records.find(call_id)
    assert record is not None and [each["kind"] for each in record.requests] == ["prayer"]


async def _stored(services: Services, call_id: str) -> Any:
    stored = await services.sessions.load(call_id)
    assert stored is not None
    return stored
