"""Nothing is written that the caller didn't hear and say yes to; what is written is told truthfully."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from agent.tools.request import ALREADY, KEPT, REFUSED

PRAYER = {"text": "for my dad, he broke his hip", "name": "Maria Delgado"}
CALLBACK = {"name": "Daniel Brooks", "number": "2065550171", "reason": "renting the hall"}
READ_BACK = "I have this prayer request, from Maria Delgado: for my dad, he broke his hip. Shall I send it?"


async def rows(url: str, table: str = "voice_prayer_requests") -> list[dict[str, Any]]:
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(f"select * from {table} order by created_at")]
    finally:
        await connection.close()


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def forbid_connections(url: str, name: str) -> None:
    other = f"{url.rpartition('/')[0]}/postgres"
    await execute(other, f'alter database "{name}" allow_connections false')
    await execute(other, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")


@pytest.fixture
def asked(conversation: Any) -> Any:
    """A caller who has just asked for a prayer."""
    conversation.hear("Please pray for my dad, he broke his hip. I'm Maria Delgado.")
    return conversation


@pytest.mark.requirement("PT-64", "PT-66")
async def test_given_a_yes_to_what_was_read_back_then_exactly_that_is_stored_and_told(
    asked: Any, database_url: str
) -> None:
    first = await asked.call("submit_prayer_request", **PRAYER)
    assert first == {"status": "confirm", "said": READ_BACK}
    assert await rows(database_url) == []

    asked.hear("Yes, please send it.")
    second = await asked.call("submit_prayer_request", **PRAYER)

    assert second["status"] == "stored"
    assert asked.speaker.said == [READ_BACK, second["said"]]
    assert "has been sent" in second["said"]
    (row,) = await rows(database_url)
    assert (row["prayer_request_text"], row["caller_name"]) == (PRAYER["text"], PRAYER["name"])
    assert (row["confidential"], row["caller_phone"]) == (False, "+12065550142")
    assert (asked.value.stored_kinds, asked.value.requests_taken) == (("prayer",), 1)


async def test_given_the_same_words_spelled_otherwise_then_the_words_that_were_heard_are_stored(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("Yes.")
    await asked.call("submit_prayer_request", text="For my dad; he broke his hip!", name="maria delgado")

    (row,) = await rows(database_url)
    assert (row["prayer_request_text"], row["caller_name"]) == (PRAYER["text"], PRAYER["name"])


@pytest.mark.requirement("PT-64")
@pytest.mark.parametrize(
    "changed",
    [
        {"text": "for my dad, he broke his lip"},
        {"text": "for my dad, he broke his hip today"},
        {"name": "Mario Delgado"},
        {"name": None},
        {"confidential": True},
    ],
    ids=["a letter", "a word more", "another name", "no name", "for the pastor alone"],
)
async def test_given_a_yes_and_other_arguments_then_those_are_read_back_and_nothing_is_stored(
    changed: dict[str, Any], asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("Yes.")

    assert (await asked.call("submit_prayer_request", **PRAYER | changed))["status"] == "confirm"
    assert await rows(database_url) == []


@pytest.mark.requirement("PT-64")
@pytest.mark.parametrize(
    "utterance",
    [
        "No.",
        "No, that's wrong.",
        "Hm?",
        "Yes, but my name is Robert.",
        "Yes, and also pray for my mom.",
        "Yes, what time is the service on Sunday?",
        "Yeah, I wanted to ask about parking.",
        "Well, let me think.",
        "Okay, thank you. Goodbye.",
    ],
)
async def test_given_anything_but_a_plain_yes_then_it_is_read_back_again(
    utterance: str, asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear(utterance)

    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    assert await rows(database_url) == []


@pytest.mark.requirement("PT-64")
@pytest.mark.parametrize(
    "question", ["We meet at nine. Shall I tell you the way?", "Are you still there? Take your time."]
)
async def test_given_a_yes_to_another_question_then_it_does_not_count(
    question: str, asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("When do you meet?")
    asked.speaker.say(question)
    asked.hear("Yes.")

    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    assert await rows(database_url) == []


@pytest.mark.parametrize("again", [READ_BACK, f"Sorry, once more: {READ_BACK}"])
async def test_given_a_caller_who_asks_what_and_hears_it_again_then_the_yes_counts(
    again: str, asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("What?")
    asked.speaker.say(again)
    asked.hear("Yes.")

    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "stored"


async def test_given_a_yes_after_more_than_two_turns_then_it_is_read_back_again(asked: Any) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("What?", "Hello?", "Yes.")

    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"


@pytest.mark.requirement("PT-64")
async def test_given_a_yes_into_the_middle_of_the_read_back_then_it_is_read_back_again(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.state.change(history=())
    asked.speaker.say(READ_BACK, interrupted=True)
    asked.hear("Yes.")

    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    assert await rows(database_url) == []


async def test_given_a_read_back_that_was_never_spoken_then_a_yes_does_not_count(asked: Any) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.state.change(history=())
    asked.hear("Yes.")

    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"


async def test_given_no_read_back_then_a_yes_stores_nothing(conversation: Any, database_url: str) -> None:
    conversation.speaker.say(READ_BACK)
    conversation.hear("Yes.")

    assert (await conversation.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    assert await rows(database_url) == []


@pytest.mark.requirement("PT-64")
async def test_given_two_requests_in_a_turn_then_one_waits_for_the_answer_about_the_other(
    asked: Any, database_url: str
) -> None:
    both = await asyncio.gather(
        asked.call("submit_prayer_request", **PRAYER), asked.call("request_callback", **CALLBACK)
    )
    assert [result["status"] for result in both] == ["confirm", "wait"]
    assert asked.speaker.said == [READ_BACK]

    asked.hear("Yes.")
    both = await asyncio.gather(
        asked.call("request_callback", **CALLBACK), asked.call("submit_prayer_request", **PRAYER)
    )

    # the yes was for the prayer; whatever was called first, no callback is written on it
    assert await rows(database_url, "voice_callback_requests") == []
    assert [result["status"] for result in both] == ["confirm", "wait"]
    assert await rows(database_url) == []


@pytest.mark.requirement("PT-66")
async def test_given_a_tool_called_thrice_at_once_with_a_yes_then_there_is_one_row_and_one_answer(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("Yes.")
    results = await asyncio.gather(*(asked.call("submit_prayer_request", **PRAYER) for _ in range(3)))

    assert sorted(result["status"] for result in results) == ["done", "done", "stored"]
    assert len(asked.speaker.said) == 2
    assert len(await rows(database_url)) == 1
    assert asked.value.requests_taken == 1


@pytest.mark.requirement("PT-66")
async def test_given_a_request_that_is_stored_then_asking_for_the_same_again_stores_nothing_more(
    asked: Any, database_url: str
) -> None:
    for utterance in ("Yes.", "Did you send it?", "Yes."):
        await asked.call("submit_prayer_request", **PRAYER)
        asked.hear(utterance)
    last = await asked.call("submit_prayer_request", **PRAYER)

    assert last == {"status": "done", "said": ALREADY}
    assert len(await rows(database_url)) == 1


@pytest.mark.requirement("PT-66")
async def test_given_another_request_in_a_later_turn_then_it_has_a_row_of_its_own(
    asked: Any, database_url: str
) -> None:
    for text in (PRAYER["text"], "for my mom"):
        await asked.call("submit_prayer_request", text=text)
        asked.hear("Yes.")
        assert (await asked.call("submit_prayer_request", text=text))["status"] == "stored"

    first, second = await rows(database_url)
    assert first["key"] != second["key"]


@pytest.mark.requirement("PT-66")
async def test_given_two_processes_that_go_on_from_the_same_read_back_when_both_hear_the_yes_then_there_is_one_row(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    both = [asked, await asked.successor()]
    for each in both:
        # so that nothing but the read-back's id is the same
        each.hear(*["What?"] * (each is asked))
        each.speaker.say(READ_BACK)
        each.hear("Yes.")
    results = await asyncio.gather(*(each.call("submit_prayer_request", **PRAYER) for each in both))

    assert [result["status"] for result in results] == ["stored", "stored"]
    (row,) = await rows(database_url)
    assert [[taken.effect_id for taken in each.value.requests] for each in both] == [[row["key"]], [row["key"]]]


@pytest.mark.requirement("PT-66")
async def test_given_a_database_that_is_down_then_the_caller_hears_that_it_is_noted_and_not_that_it_is_sent(
    asked: Any, tmp_path: Path, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("Yes.")
    name = database_url.rpartition("/")[2]
    await forbid_connections(database_url, name)
    result = await asked.call("submit_prayer_request", **PRAYER)

    assert result == {"status": "kept", "said": KEPT}
    assert (asked.value.stored_kinds, asked.value.requests_taken) == ((), 1)
    assert list((tmp_path / "data" / "spool" / "local").iterdir())


@pytest.mark.requirement("PT-66")
async def test_given_a_write_that_is_refused_then_the_caller_is_told_and_may_try_again(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("Yes.")
    await execute(database_url, "alter table voice_prayer_requests add constraint no check (false) not valid")
    assert await asked.call("submit_prayer_request", **PRAYER) == {"status": "refused", "said": REFUSED}
    assert (asked.value.stored_kinds, asked.value.requests_taken) == ((), 0)

    await execute(database_url, "alter table voice_prayer_requests drop constraint no")
    asked.hear("Please try again.")
    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    asked.hear("Yes.")
    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "stored"
