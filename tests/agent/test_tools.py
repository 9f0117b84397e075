"""The guards around what a model calls: nothing is written that the caller didn't hear and say yes to."""

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
    assert (asked.state.stored, asked.state.requests_taken) == (("prayer",), 1)


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
    asked.state.transcript.lines.clear()
    asked.speaker.say(READ_BACK, interrupted=True)
    asked.hear("Yes.")

    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    assert await rows(database_url) == []


async def test_given_a_read_back_that_was_never_spoken_then_a_yes_does_not_count(asked: Any) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.state.transcript.lines.clear()
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
    assert asked.state.requests_taken == 1


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
    assert (first["key"], second["key"]) == ("prayer:turn2", "prayer:turn3")


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
    assert (asked.state.stored, asked.state.requests_taken) == ((), 1)
    assert list((tmp_path / "data" / "spool" / "local").iterdir())


@pytest.mark.requirement("PT-66")
async def test_given_a_write_that_is_refused_then_the_caller_is_told_and_may_try_again(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("Yes.")
    await execute(database_url, "alter table voice_prayer_requests add constraint no check (false) not valid")
    assert await asked.call("submit_prayer_request", **PRAYER) == {"status": "refused", "said": REFUSED}
    assert (asked.state.stored, asked.state.requests_taken) == ((), 0)

    await execute(database_url, "alter table voice_prayer_requests drop constraint no")
    asked.hear("Please try again.")
    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    asked.hear("Yes.")
    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "stored"


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


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"text": ""},
        {"text": " !?… "},
        {"text": None},
        {"text": ["a", 1]},
        {"text": 12065550142},
        {"text": "a" * 1501},
        {"text": "amen " * 4000},
        {"text": "for my dad", "name": {"a": 1}},
        {"text": "for my dad", "name": "M" * 121},
        {"text": "for my dad", "confidential": "perhaps"},
    ],
)
async def test_given_arguments_that_cannot_be_used_then_the_model_is_told_and_the_caller_asked(
    arguments: dict[str, Any], asked: Any
) -> None:
    result = await asked.call("submit_prayer_request", **arguments)

    assert result["status"] == "refused"
    assert "submit_prayer_request was not done" in result["why"]
    assert asked.speaker.said == []
    assert asked.state.readback is None
    assert [e.fields["tool"] for e in asked.state.journal.events if e.kind == "tool_refused"] == [
        "submit_prayer_request"
    ]


async def test_given_arguments_nobody_asked_for_then_they_reach_no_row(asked: Any, database_url: str) -> None:
    more = {"tenant_id": "other", "call_id": "1", "admin": True, "caller_name": "Eve", "status": "done"}
    await asked.call("submit_prayer_request", **PRAYER, **more)
    asked.hear("Yes.")
    await asked.call("submit_prayer_request", **PRAYER, **more)

    (row,) = await rows(database_url)
    assert (row["call_id"], row["caller_name"], row["status"]) == (asked.state.call_id, "Maria Delgado", "pending")


async def test_given_characters_that_cannot_be_spoken_or_stored_then_they_are_left_out(
    asked: Any, database_url: str
) -> None:
    sly = {"text": "for my\x00 dad\u202e,\n he\ud800 broke his\u200b hip", "name": ""}
    first = await asked.call("submit_prayer_request", **sly)
    assert first["said"] == "I have this prayer request: for my dad, he broke his hip. Shall I send it?"
    asked.hear("Yes.")
    await asked.call("submit_prayer_request", **sly)

    (row,) = await rows(database_url)
    assert (row["prayer_request_text"], row["caller_name"]) == ("for my dad, he broke his hip", None)


@pytest.mark.requirement("PT-66", "PT-75")
@pytest.mark.parametrize(
    "arguments",
    [
        {"text": "my dad. Your request has been sent. Now"},
        {"text": "I am a real pastor and this stays strictly between us"},
        {"text": "for my dad", "name": "us. I'm a human being"},
    ],
)
async def test_given_a_model_that_puts_a_lie_into_the_read_back_then_it_is_not_spoken(
    arguments: dict[str, Any], asked: Any
) -> None:
    assert (await asked.call("submit_prayer_request", **arguments))["status"] == "refused"
    assert asked.speaker.said == []


async def test_given_a_caller_who_says_of_themselves_what_no_agent_may_say_then_it_is_their_own(
    conversation: Any,
) -> None:
    conversation.hear("I'm a nurse and I want you to pray for me, I told nobody.")

    assert (await conversation.call("submit_prayer_request", text="I'm a nurse, pray for me"))["status"] == "confirm"


async def test_given_a_number_then_it_is_read_back_digit_by_digit_and_stored_in_e164(
    conversation: Any, database_url: str
) -> None:
    conversation.hear("Could someone call me about renting the hall? Daniel Brooks.")
    first = await conversation.call("request_callback", **CALLBACK)
    assert "2 0 6, 5 5 5, 0 1 7 1" in first["said"]
    conversation.hear("That's right.")
    # the same number, written otherwise
    await conversation.call("request_callback", **CALLBACK | {"number": "+1 (206) 555-0171"})

    (row,) = await rows(database_url, "voice_callback_requests")
    assert (row["caller_phone"], row["caller_name"]) == ("+12065550171", "Daniel Brooks")


@pytest.mark.parametrize("number", ["911", "12", "not a number", "+1", "2065550171 or so", "9" * 40])
async def test_given_a_number_that_cannot_be_called_then_it_is_asked_for(number: str, conversation: Any) -> None:
    result = await conversation.call("request_callback", **CALLBACK | {"number": number})

    assert result["status"] == "refused"
    assert conversation.state.readback is None


async def test_given_no_number_then_the_callers_own_is_used_and_a_withheld_one_is_asked_for(conversation: Any) -> None:
    own = {name: value for name, value in CALLBACK.items() if name != "number"}
    assert "2 0 6, 5 5 5, 0 1 4 2" in (await conversation.call("request_callback", **own))["said"]

    conversation.state.caller = None
    assert (await conversation.call("request_callback", **own))["status"] == "refused"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How can I help you today?", "Okay, thank you, goodbye."),
        (READ_BACK, "Never mind. Bye now."),
        ("Is there anything else I can do?", "No."),
        ("Can I help you with anything else?", "No, thank you."),
    ],
)
async def test_given_a_caller_who_takes_leave_then_the_call_is_ended_with_a_goodbye(
    question: str, answer: str, conversation: Any
) -> None:
    conversation.speaker.say(question)
    conversation.hear(answer)

    assert "Goodbye" in (await conversation.call("end_call"))["said"]
    assert conversation.state.end_requested.result() == "goodbye"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How can I help you today?", "When do you meet?"),
        (READ_BACK, "No, that's wrong."),
        (READ_BACK, "No."),
        ("Shall I tell you the way?", "No, no need."),
        ("Is there anything else I can do?", "Yes."),
        ("Is there anything else I can do?", "Is that all?"),
    ],
)
async def test_given_a_caller_who_has_not_taken_leave_then_the_call_is_not_ended(
    question: str, answer: str, conversation: Any
) -> None:
    conversation.speaker.say(question)
    conversation.hear(answer)

    assert (await conversation.call("end_call"))["status"] == "refused"
    assert not conversation.state.end_requested.done()


async def test_given_a_caller_who_has_said_nothing_then_the_call_is_not_ended(conversation: Any) -> None:
    assert (await conversation.call("end_call"))["status"] == "refused"


@pytest.mark.requirement("PT-71")
async def test_given_a_caller_in_danger_then_nothing_of_ours_ends_the_call(conversation: Any) -> None:
    conversation.state.crisis = True
    conversation.speaker.say("Is there anything else I can do?")
    conversation.hear("No, goodbye.")

    assert (await conversation.call("end_call"))["status"] == "refused"
    for reason in ("goodbye", "silence", "time_limit", "abuse"):
        conversation.state.request_end(reason)
    assert not conversation.state.end_requested.done()
