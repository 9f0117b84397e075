"""One caller's answers: refused aloud, dropped for a question, confirmed after a prompt, and a goodbye taken back."""

import re
from typing import Any

import asyncpg
import pytest

from lab.person.scenario import Scenario
from shared.services import Services

STEPS = (
    {"say": "Before we go on, I do not want to be recorded."},
    {"say": "Could you please pray for my dad? He broke his hip on Tuesday."},
    {"say": "My name is Maria Delgado."},
    {"say": "Actually forget that for now,"},
    {"interrupt": {"say": "just tell me what time the service is on Sunday.", "after_seconds": 0.1}},
    {"say": "Would you pray for my sister Helen? She has surgery on Monday."},
    {"say": "My name is Maria Delgado."},
    "listen",
    {"silence": 17},
    {"say": "Yes, please send it."},
    {"say": "No, that's all, thank you. Goodbye."},
    {"interrupt": {"say": "Oh wait, when is your office open?", "after_seconds": 0.8}},
    {"say": "Thank you, goodbye."},
)


@pytest.mark.requirement("PT-64", "PT-66", "OP-80")
async def test_given_a_caller_who_refuses_drops_confirms_and_comes_back_then_each_answer_counts_once(
    telephone: Any, services: Services, database_url: str
) -> None:
    script = Scenario(name="answers", description="Answers.", steps=STEPS)  # type: ignore[arg-type]
    call = await telephone.call(script)

    told = call.agent_words
    heard = (
        "won't record",
        "Shall I send it",
        "nine",
        "still there.*Shall I send it",
        "has been sent",
        "Goodbye",
        "Monday",
    )
    position = 0
    for pattern in heard:
        found = re.search(pattern, told[position:])
        assert found, f"{pattern}\n{call.story}"
        position += found.end()
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("select * from voice_prayer_requests")
    finally:
        await connection.close()
    (row,) = rows
    assert "Helen" in row["prayer_request_text"], call.story
    record = await services.records.find(call.call_id)
    assert record is not None
    assert (record.consent, record.end_reason, record.ended_by) == ("REFUSED", "goodbye", "agent"), call.story
    assert "office" in call.caller_words
    assert call.told("end_taken_back"), call.story
