"""What a model may send to a tool, and what it may put into our mouth; when it may end a call."""

from typing import Any

import asyncpg
import pytest

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
    assert asked.value.questions == ()
    assert [e.fields["tool"] for e in asked.state.journal.events if e.kind == "tool_refused"] == [
        "submit_prayer_request"
    ]


async def test_given_arguments_nobody_asked_for_then_they_reach_no_row(asked: Any, database_url: str) -> None:
    more = {"tenant_id": "other", "call_id": "1", "admin": True, "caller_name": "Eve", "status": "done"}
    await asked.call("submit_prayer_request", **PRAYER, **more)
    await asked.answer("Yes.")

    (row,) = await rows(database_url)
    assert (row["call_id"], row["caller_name"], row["status"]) == (asked.state.call_id, "Maria Delgado", "pending")


async def test_given_characters_that_cannot_be_spoken_or_stored_then_they_are_left_out(
    asked: Any, database_url: str
) -> None:
    sly = {"text": "for my\x00 dad\u202e,\n he\ud800 broke his\u200b hip", "name": ""}
    first = await asked.call("submit_prayer_request", **sly)
    assert first["said"] == "I have this prayer request: for my dad, he broke his hip. Shall I send it?"
    await asked.answer("Yes.")

    (row,) = await rows(database_url)
    assert (row["prayer_request_text"], row["caller_name"]) == ("for my dad, he broke his hip", None)


@pytest.mark.requirement("PT-66", "PT-75")
@pytest.mark.parametrize(
    "arguments",
    [
        {"text": "my dad. Your request has been sent. Now"},
        {"text": "for my dad. All done. Please"},
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
    await conversation.answer("That's right.")
    # the same number, written otherwise
    again = await conversation.call("request_callback", **CALLBACK | {"number": "+1 (206) 555-0171"})
    assert again["status"] == "done"

    (row,) = await rows(database_url, "voice_callback_requests")
    assert (row["caller_phone"], row["caller_name"]) == ("+12065550171", "Daniel Brooks")


@pytest.mark.parametrize(
    "number",
    ["911", "12", "not a number", "+1", "1-900-555-0123", "+8816 1234 5678", "0000000000", "1234567890", "9" * 40],
)
async def test_given_a_number_that_cannot_be_called_then_it_is_asked_for(number: str, conversation: Any) -> None:
    result = await conversation.call("request_callback", **CALLBACK | {"number": number})

    assert result["status"] == "refused"
    assert conversation.value.questions == ()


async def test_given_an_extension_then_it_is_read_back_and_kept_beside_the_number(
    conversation: Any, database_url: str
) -> None:
    conversation.hear("Could someone call me about renting the hall? Daniel Brooks.")
    number = "area code two oh six, triple five, oh one seven one, extension forty-two"
    first = await conversation.call("request_callback", **CALLBACK | {"number": number})
    assert "2 0 6, 5 5 5, 0 1 7 1, extension 4 2" in first["said"]
    await conversation.answer("That's right.")

    (row,) = await rows(database_url, "voice_callback_requests")
    assert (row["caller_phone"], row["caller_extension"]) == ("+12065550171", "42")


async def test_given_no_number_then_the_callers_own_is_used_and_a_withheld_one_is_asked_for(conversation: Any) -> None:
    own = {name: value for name, value in CALLBACK.items() if name != "number"}
    assert "2 0 6, 5 5 5, 0 1 4 2" in (await conversation.call("request_callback", **own))["said"]

    conversation.state.change(phone_number=None)
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
    conversation.state.change(crisis=True)
    conversation.speaker.say("Is there anything else I can do?")
    conversation.hear("No, goodbye.")

    assert (await conversation.call("end_call"))["status"] == "refused"
    for reason in ("goodbye", "silence", "time_limit", "abuse"):
        conversation.state.request_end(reason)
    assert not conversation.state.end_requested.done()
