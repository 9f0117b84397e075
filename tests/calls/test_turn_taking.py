"""A whole call on audio: signs, coughs and a television stop nobody, words do, and a dictated number is one turn."""

from typing import Any

import asyncpg

from lab.person.scenario import COUGH, TELEVISION, Scenario

FIRST_VISIT = "What would I need to know before coming for the very first time?"
CALL_BACK = "Sorry, I would like somebody to call me back."
SIGN, ASIDE = "Uh-huh.", "Bye bye, sweetie."
YIELD_MS = 300.0
"""The most that the agent goes on after the words that interrupt it were recognised."""
CALL = Scenario.model_validate(
    {
        "name": "turn_taking",
        "description": "Listens, is disturbed, interrupts, and dictates a number.",
        "steps": [
            {"say": "No, thank you."},
            {"say": FIRST_VISIT},
            {"interrupt": {"say": SIGN, "after_seconds": 1.5}},
            {"interrupt": {"say": ASIDE, "after_seconds": 1.0}},
            # so that the caller doesn't take the pause after its aside for the end
            {"silence": 2.5},
            {"say": FIRST_VISIT},
            {"interrupt": {"say": COUGH, "after_seconds": 0.5}},
            {"interrupt": {"say": TELEVISION, "after_seconds": 0.1}},
            {"say": FIRST_VISIT},
            {"interrupt": {"say": CALL_BACK, "after_seconds": 1.5}},
            {"say": "No, that's all, thank you. Goodbye."},
        ],
        "answers": [
            {"heard": r"\bname\b", "say": "My name is Maria Lopez."},
            {"heard": r"\bnumber\b", "say": "It is three one two. | Five five five, zero one seven eight."},
            {"heard": r"\babout\b", "say": "It's about joining the choir."},
            {"heard": r"\bis that right\b", "say": "Yes, please."},
        ],
    }
)


async def test_given_sounds_and_words_over_the_agent_then_it_stops_for_words_alone_and_hears_a_number_to_its_end(
    telephone: Any, database_url: str, capsys: Any
) -> None:
    # a busy machine recognises words too late to judge by
    call = await telephone.call(CALL, announced=True)

    answers = [e.fields for e in call.told("agent_said") if e.fields["text"].startswith("Come as you are.")]
    assert [answer["interrupted"] for answer in answers] == [False, False, True], call.story
    assert all("child care" in answer["text"] for answer in answers[:2]), call.story
    kept_back = [e.fields["what"] for e in call.told("overheard") if e.fields["what"] != "distant"]
    assert kept_back == ["backchannel", "aside"], call.story
    turns = [event.fields["text"].lower() for event in call.told("caller_said")]
    assert not any("sweetie" in turn or turn.startswith("uh") or "council" in turn for turn in turns), turns
    undisturbed = next(line for line in call.report.lines if line.text == TELEVISION)
    assert any(
        start < undisturbed.started_ms and undisturbed.ended_ms < end for start, end in call.report.agent_spoke_ms
    )

    lines = {line.text: line for line in call.report.lines}
    words = lines[CALL_BACK]
    assert words.yielded_ms is not None, call.story
    (answered,), recognised = call.told("answered"), said_at(call, "call me back")
    stopped_ms = words.started_ms + words.yielded_ms
    assert stopped_ms <= (recognised - answered.at).total_seconds() * 1000 + YIELD_MS, call.story
    with capsys.disabled():
        print(f"\nstopped {words.yielded_ms:.0f} ms after the first sound of the words that interrupt")

    (number,) = [turn for turn in turns if "178" in turn or "one seven eight" in turn]
    assert "312" in number or "three one two" in number, call.story
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("select caller_phone from voice_callback_requests")
    finally:
        await connection.close()
    assert [row["caller_phone"] for row in rows] == ["+13125550178"], call.story
    assert "back on 3 1 2, 5 5 5, 0 1 7 8, about" in call.agent_words, call.story


def said_at(call: Any, words: str) -> Any:
    """When the turn with these words was there."""
    return next(event.at for event in call.told("caller_said") if words in event.fields["text"].lower())
