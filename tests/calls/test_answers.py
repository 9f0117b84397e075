"""One caller's answers: refused aloud, confirmed after a prompt, and a goodbye taken back."""

import re
from typing import Any

import asyncpg
import pytest

from lab.person.scenario import Scenario

STEPS: tuple[Any, ...] = (
    {"say": "Before we go on, I do not want to be recorded."},
    {"say": "Would you pray for my sister Helen? My name is Maria Delgado."},
    {"listen": 2},
    {"say": "Yes, please send it."},
    {"say": "No, that's all, thank you. Goodbye."},
    {"interrupt": {"say": "Oh wait, when is your office open?", "after_seconds": 0.8}},
    "listen",
)
"""The caller listens to the read-back, and to the prompt that follows their silence."""


@pytest.mark.requirement("PT-64", "PT-66", "OP-80")
async def test_given_a_caller_who_refuses_confirms_and_comes_back_then_each_answer_counts_once(
    telephone: Any, database_url: str
) -> None:
    # a gap in speech that is synthesised on a busy machine is no end of a turn
    script = Scenario(name="answers", description="Answers.", steps=STEPS, turn_quiet_seconds=2.0)
    call = await telephone.call(script)

    told = call.agent_words
    heard = ("won't record", "still there.*Shall I send it", "has been sent", "Thank you for calling", "Monday")
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
    assert [event.fields["answer"] for event in call.told("consent")] == ["REFUSED"], call.story
    assert "office" in call.caller_words
    assert call.told("end_taken_back"), call.story
