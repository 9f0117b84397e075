"""What is said and done when a caller is in danger, threatens or abuses."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from agent.conversation.safety import respond_to_danger
from shared.config import changed
from shared.domain.language.safety_lines import (
    ABUSE_GOODBYE,
    ABUSE_WARNING,
    CRISIS_LINE,
    THREAT_LINE,
)
from shared.domain.questions import ConsentQuestion
from shared.wiring import open_services

CRISIS = "I want to kill myself."
EMERGENCY = "My husband collapsed and he's not breathing."
THREAT = "I'm going to shoot somebody at your church."
ABUSE = "You are a stupid bitch."


async def say(conversation: Any, utterance: str) -> None:
    conversation.hear(utterance)
    found = conversation.intercepted(utterance)
    assert found is not None
    await respond_to_danger(found, utterance, conversation.state, conversation.speaker)


async def rows(url: str, table: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(f"select * from {table}")
    finally:
        await connection.close()


def end(conversation: Any) -> str | None:
    requested = conversation.state.end_requested
    return requested.result() if requested.done() else None


@pytest.mark.requirement("PT-71")
async def test_given_a_crisis_then_help_is_named_written_down_and_the_call_goes_on(
    conversation: Any, database_url: str
) -> None:
    await say(conversation, CRISIS)

    assert conversation.speaker.said == [CRISIS_LINE]
    assert end(conversation) is None
    (row,) = await rows(database_url, "crisis_events")
    assert row["utterance"] == CRISIS
    (alert,) = await rows(database_url, "alerts")
    assert alert["severity"] == "page"


@pytest.mark.requirement("PT-70")
async def test_given_a_threat_then_the_call_is_ended_and_written_down(conversation: Any, database_url: str) -> None:
    await say(conversation, THREAT)

    assert conversation.speaker.said == [THREAT_LINE] and "911" in THREAT_LINE
    assert end(conversation) == "threat"
    (incident,) = await rows(database_url, "incidents")
    assert (incident["utterance"], incident["caller_phone"]) == (THREAT, "+12065550142")
    kept = json.loads(incident["fields"])
    assert "shoot somebody" in str(kept["matched_words"])
    assert f"caller: {THREAT}" in kept["transcript"]
    (alert,) = await rows(database_url, "alerts")
    assert (alert["severity"], alert["key"]) == ("page", f"threat:{conversation.value.call_id}"), "support is woken"


@pytest.mark.requirement("PT-74")
async def test_given_no_database_and_no_redis_then_help_is_named_all_the_same_and_told_of_once_they_are_back(
    conversation: Any, database_url: str
) -> None:
    there = conversation.state.services
    nowhere = {"database_url": "postgresql://u:p@127.0.0.1:1/d", "redis_url": "redis://127.0.0.1:1"}
    away = changed(there.settings, data_dir=there.settings.data_dir / "away", **nowhere)
    async with open_services(away) as services:
        conversation.state.services = services
        await say(conversation, CRISIS)
        assert conversation.speaker.said == [CRISIS_LINE] and end(conversation) is None
    assert await rows(database_url, "crisis_events") == []

    async with open_services(changed(there.settings, data_dir=away.data_dir)):
        async with asyncio.timeout(60):
            while not (await rows(database_url, "crisis_events") and await rows(database_url, "alerts")):
                await asyncio.sleep(0.05)
    assert [len(await rows(database_url, table)) for table in ("crisis_events", "alerts")] == [1, 1]


@pytest.mark.requirement("PT-73")
async def test_given_a_threat_and_a_crisis_at_once_then_both_are_written_down_and_the_call_goes_on(
    conversation: Any, database_url: str
) -> None:
    await say(conversation, f"{THREAT} And then {CRISIS}")

    assert conversation.speaker.said == [CRISIS_LINE]
    assert end(conversation) is None
    assert len(await rows(database_url, "incidents")) == len(await rows(database_url, "crisis_events")) == 1


@pytest.mark.requirement("PT-72")
@pytest.mark.requirement("PT-71")
async def test_given_abuse_then_it_is_warned_of_once_and_ends_the_call_the_second_time_but_never_a_crisis(
    conversation: Any,
) -> None:
    assert conversation.value.abuse_count == 0, "each call begins anew"
    await say(conversation, ABUSE)
    assert (conversation.speaker.said, end(conversation)) == ([ABUSE_WARNING], None)

    warned = conversation.value
    conversation.state.change(crisis=True)
    await say(conversation, ABUSE)
    assert end(conversation) is None
    conversation.state.replace(warned)
    await say(conversation, ABUSE)
    assert (conversation.speaker.said[-1], end(conversation)) == (ABUSE_GOODBYE, "abuse")


@pytest.mark.requirement("PT-71")
async def test_given_a_threat_or_abuse_after_a_crisis_then_the_call_goes_on(conversation: Any) -> None:
    for utterance in (CRISIS, THREAT, ABUSE, ABUSE):
        await say(conversation, utterance)
    assert end(conversation) is None
    assert conversation.speaker.said == [CRISIS_LINE, CRISIS_LINE, ABUSE_WARNING, ABUSE_WARNING], "no goodbye"


@pytest.mark.parametrize("utterance", [CRISIS, THREAT, ABUSE])
async def test_given_danger_instead_of_an_answer_about_recording_then_a_later_yes_is_no_consent(
    utterance: str, conversation: Any
) -> None:
    conversation.state.change(questions=(ConsentQuestion(),))
    await say(conversation, utterance)

    assert conversation.intercepted("Yes. Thank you.") is None
