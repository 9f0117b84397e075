"""A caller who answers by the keys of the telephone."""

import asyncio
from typing import Any

import asyncpg

from lab.person.scenario import Scenario
from shared.services import Services

NUMBER = "2065550171"
BY_KEYS = Scenario(
    name="by_keys",
    description="Agrees to the recording, asks for a person and gives the number by keys.",
    steps=(
        {"press": "1"},
        {"press": "0"},
        {"say": "My name is Daniel Brooks."},
        {"press": f"{NUMBER}#"},
        {"say": "It's about renting the hall for a wedding."},
        {"press": "1"},
        {"say": "No, that's all, thank you. Goodbye."},
    ),
)


async def test_given_a_caller_who_presses_keys_then_each_answers_its_question_and_is_an_event(
    telephone: Any, services: Services, database_url: str
) -> None:
    call = await telephone.call(BY_KEYS)

    record = await services.records.find(call.call_id)
    assert record is not None, call.story
    assert [(consent["answer"], consent["utterance"]) for consent in record.consents] == [("GRANTED", "key 1")], (
        call.story
    )
    assert len(record.recordings) == 1, call.story
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("select caller_phone, caller_name from voice_callback_requests")
    finally:
        await connection.close()
    assert [tuple(row) for row in rows] == [(f"+1{NUMBER}", "Daniel Brooks")], call.story
    assert record.outcome == "REQUEST_TAKEN", call.story

    keys = [(event.fields["key"], event.fields["answers"]) for event in call.told("key")]
    assert keys == [
        ("1", "consent"),
        ("0", "person"),
        *[("•", "number")] * len(NUMBER),
        ("#", "number"),
        ("1", "yes_no"),
    ]
    assert ("front_desk", "messages") in [
        (event.fields["source"], event.fields["target"]) for event in call.told("moved")
    ]


async def test_given_a_key_while_the_agent_asks_then_the_question_is_cut_short_and_nothing_is_recorded(
    telephone: Any, services: Services
) -> None:
    async def press(_: Any) -> None:
        # into the question, which follows the greeting at once
        await asyncio.sleep(1.5)
        telephone.wire.press("2")

    telephone.when("agent_said", press)
    call = await telephone.call(
        Scenario(
            name="no_by_key",
            description="Presses 2 over the question and asks at once.",
            steps=({"say": "When do you folks get together on Sundays?"}, {"say": "Thanks, bye."}),
        )
    )

    record = await services.records.find(call.call_id)
    assert record is not None
    assert [(consent["answer"], consent["utterance"]) for consent in record.consents] == [("REFUSED", "key 2")], (
        call.story
    )
    question = next(e for e in call.told("agent_said") if e.fields["text"].startswith("This call may"))
    assert question.fields["interrupted"], call.story
    assert record.recordings == () and "nine and eleven" in call.agent_words, call.story


def answers_of(record: Any) -> list[tuple[str, str]]:
    """The answers about the recording, with the words of their proofs."""
    return [(consent["answer"], consent["utterance"]) for consent in record.consents]
