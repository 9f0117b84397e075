"""Nothing is written that the caller didn't hear and say yes to; what is written is told truthfully."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from agent.conversation.interception import Kind
from agent.tools.request import ALREADY, KEPT, REFUSED, carry_out
from shared.domain.language.deeds import Deed

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
async def test_given_a_yes_to_what_was_read_back_then_code_stores_exactly_that_and_says_so(
    asked: Any, database_url: str
) -> None:
    first = await asked.call("submit_prayer_request", **PRAYER)
    assert first == {"status": "confirm", "said": READ_BACK}
    assert await rows(database_url) == []

    second = await asked.answer("Yes, please send it.")

    assert second["status"] == "stored"
    assert asked.speaker.said == [READ_BACK, second["said"]]
    assert "has been sent" in second["said"]
    (row,) = await rows(database_url)
    assert (row["prayer_request_text"], row["caller_name"]) == (PRAYER["text"], PRAYER["name"])
    assert (row["confidential"], row["caller_phone"]) == (False, "+12065550142")
    assert (asked.value.stored_kinds, asked.value.requests_taken) == (("prayer",), 1)


@pytest.mark.requirement("PT-64", "PT-66")
@pytest.mark.parametrize(
    "again",
    [PRAYER, {"text": "For my dad; he broke his hip!", "name": "maria delgado"}, PRAYER | {"text": "dad's broken hip"}],
    ids=["the same words", "spelled otherwise", "other words"],
)
async def test_given_a_model_that_calls_again_after_the_yes_then_it_is_told_done_and_nobody_hears_anything(
    again: dict[str, Any], asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    await asked.answer("Yes.")
    said = list(asked.speaker.said)

    assert await asked.call("submit_prayer_request", **again) == {"status": "done", "said": ""}
    assert asked.speaker.said == said
    (row,) = await rows(database_url)
    assert (row["prayer_request_text"], row["caller_name"]) == (PRAYER["text"], PRAYER["name"])


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
        "Yes if my wife is okay with it.",
        "Right, so my number is different.",
    ],
)
async def test_given_anything_but_a_plain_yes_then_nothing_is_stored_and_the_model_may_only_read_back_again(
    utterance: str, asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    assert await asked.answer(utterance) is None

    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    assert await rows(database_url) == []


@pytest.mark.requirement("PT-64")
async def test_given_a_yes_to_another_question_then_it_does_not_count_until_it_names_the_request(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    await asked.answer("When do you meet?")
    asked.speaker.say("We meet at nine. Shall I tell you the way?")
    assert await asked.answer("Yes.") is None
    assert await rows(database_url) == []
    assert (await asked.answer("Yes, and send it please."))["status"] == "stored"


@pytest.mark.requirement("PT-64")
@pytest.mark.parametrize("answer", ["Yes, please send it.", "Yes.", "Yes, that's right."])
async def test_given_a_prompt_after_the_read_back_then_the_yes_still_counts(
    answer: str, asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    for prompt in asked.state.phrases.still_there:
        asked.speaker.say(prompt)
    assert await asked.answer("Yes, I'm here.") is None
    assert (await asked.answer(answer))["status"] == "stored"
    assert len(await rows(database_url)) == 1


@pytest.mark.parametrize("again", [READ_BACK, f"Sorry, once more: {READ_BACK}"])
async def test_given_a_caller_who_asks_what_and_hears_it_again_then_the_yes_counts(again: str, asked: Any) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    assert await asked.answer("What?") is None
    asked.speaker.say(again)
    assert (await asked.answer("Yes."))["status"] == "stored"


async def test_given_a_yes_after_more_than_three_turns_then_nothing_is_stored(asked: Any) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("What?", "Hello?", "Who is that?")
    assert await asked.answer("Yes.") is None


@pytest.mark.requirement("PT-64")
@pytest.mark.parametrize(
    ("heard", "counts"),
    [
        ("I have this prayer request, from Maria", False),
        ("I have this prayer request, from Maria Delgado: for my dad, he broke his hip. Shall I", True),
    ],
)
async def test_given_a_yes_into_the_read_back_then_it_counts_if_all_but_the_question_was_heard(
    heard: str, counts: bool, asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    before = replace(asked.value.read_back, heard=False)
    asked.state.change(questions=(before,))
    asked.speaker.say(heard, interrupted=True)
    done = await asked.answer("Yes.")

    assert (done is not None, len(await rows(database_url))) == (counts, int(counts))
    if not counts:
        # it is said once more, and then the yes counts
        assert asked.speaker.said[-1] == READ_BACK
        assert (await asked.answer("Yes."))["status"] == "stored"


async def test_given_no_read_back_then_a_yes_stores_nothing(conversation: Any, database_url: str) -> None:
    conversation.speaker.say(READ_BACK)
    assert await conversation.answer("Yes.") is None

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

    await asked.answer("Yes.")
    # the yes was for the prayer: no callback is written on it
    assert len(await rows(database_url)) == 1
    assert (await asked.call("request_callback", **CALLBACK))["status"] == "confirm"
    assert await rows(database_url, "voice_callback_requests") == []


@pytest.mark.requirement("PT-66")
async def test_given_a_model_that_calls_thrice_at_once_beside_the_yes_then_there_is_one_row_and_one_answer(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    asked.hear("Yes.")
    assert asked.intercepted("Yes.").kinds == (Kind.CONFIRMED,)
    ((tool, context),) = asked.state.tools(["submit_prayer_request"])
    results = await asyncio.gather(
        carry_out(tool, context, asked.value.read_back),
        *(asked.call("submit_prayer_request", **PRAYER) for _ in range(3)),
    )

    assert [result["status"] for result in results] == ["stored", "done", "done", "done"]
    assert len(await rows(database_url)) == 1
    assert asked.value.requests_taken == 1
    assert set(asked.value.deeds) == {Deed.PRAY}


@pytest.mark.requirement("PT-66")
async def test_given_a_request_that_is_stored_then_asking_for_the_same_again_stores_nothing_more(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    await asked.answer("Yes.")
    await asked.answer("Did you send it?")
    last = await asked.call("submit_prayer_request", **PRAYER)

    assert last == {"status": "done", "said": ALREADY}
    assert len(await rows(database_url)) == 1


@pytest.mark.requirement("PT-66")
async def test_given_another_request_in_a_later_turn_then_it_has_a_row_of_its_own(
    asked: Any, database_url: str
) -> None:
    for text in (PRAYER["text"], "for my mom"):
        asked.hear("There is something else.")
        await asked.call("submit_prayer_request", text=text)
        assert (await asked.answer("Yes."))["status"] == "stored"

    first, second = await rows(database_url)
    assert first["key"] != second["key"]


@pytest.mark.requirement("PT-66")
async def test_given_two_processes_that_go_on_from_the_same_read_back_when_both_hear_the_yes_then_there_is_one_row(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    both = [asked, await asked.successor()]
    asked.hear("What?")
    asked.speaker.say(READ_BACK)
    # the second process has nothing but the conversation: it finds what writes the row by the tool's name
    results = await asyncio.gather(*(each.answer("Yes.") for each in both))

    assert [result["status"] for result in results] == ["stored", "stored"]
    (row,) = await rows(database_url)
    assert [[taken.effect_id for taken in each.value.requests] for each in both] == [[row["key"]], [row["key"]]]


@pytest.mark.requirement("PT-66")
async def test_given_a_database_that_is_down_then_the_caller_hears_that_it_is_noted_and_not_that_it_is_sent(
    asked: Any, tmp_path: Path, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    await forbid_connections(database_url, database_url.rpartition("/")[2])
    result = await asked.answer("Yes.")

    assert result == {"status": "kept", "said": KEPT}
    assert (asked.value.stored_kinds, asked.value.requests_taken) == ((), 1)
    assert list((tmp_path / "data" / "spool" / "local").iterdir())


@pytest.mark.requirement("PT-66")
async def test_given_a_write_that_is_refused_then_the_caller_is_told_and_may_try_again(
    asked: Any, database_url: str
) -> None:
    await asked.call("submit_prayer_request", **PRAYER)
    await execute(database_url, "alter table voice_prayer_requests add constraint no check (false) not valid")
    assert await asked.answer("Yes.") == {"status": "refused", "said": REFUSED}
    assert (asked.value.stored_kinds, asked.value.requests_taken) == ((), 0)

    await execute(database_url, "alter table voice_prayer_requests drop constraint no")
    asked.hear("Please try again.")
    assert (await asked.call("submit_prayer_request", **PRAYER))["status"] == "confirm"
    assert (await asked.answer("Yes."))["status"] == "stored"
