"""Pending questions: what begins them, what leaves them pending, and what ends them."""

from dataclasses import replace
from typing import Any

import pytest
from conversations import READ_BACK
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.call import Utterance
from shared.domain.questions import (
    MOST_HEARINGS,
    PATIENCE,
    ConsentQuestion,
    Offer,
    Questions,
    ReadBack,
    SlotQuestion,
    after_agent,
    after_caller,
    informing,
    last_sentence,
    question_in,
    reminder,
    repeats,
    with_question,
    without,
)

CONSENT = ConsentQuestion("This call may be recorded for training. Is it all right with you if I record?")
PROMPT = "Are you still there? Take your time."
FRESH = replace(READ_BACK, heard=False, hearings=0)


def says(
    questions: Questions, text: str, *, interrupted: bool = False, prompt: bool = False, turn: int = 2
) -> Questions:
    return after_agent(questions, Utterance("agent", text, 1.0, interrupted), turn, prompt)


def test_given_an_utterance_of_the_model_then_the_question_in_it_says_what_answers_it() -> None:
    table: tuple[tuple[str, str | None], ...] = (
        ("Of course. May I have your name?", "name"),
        ("Whom am I speaking with?", "name"),
        ("What number can we reach you at?", "phone"),
        ("Could you give me your number, digit by digit?", "phone"),
        ("What's the address?", "address"),
        ("And what is it about?", "text"),
        ("I'd be glad to pass that on. What would you like us to pray for?", "text"),
        ("When would you like to be called?", "time"),
        ("Our pastor is Ruth. Would you like somebody to call you back?", "offer"),
        ("Shall I tell you the way?", "offer"),
        ("We meet at nine. Is there anything else you'd like to know?", "more"),
        ("What else can I do for you?", "more"),
        ("I'm sorry, I didn't get all of that. Could you tell me again?", None),
        ("I'm sorry, I didn't catch that. Could you say it once more?", None),
        (PROMPT, None),
        ("I can't hear you at the moment. Can you hear me?", None),
        ("We meet at nine and eleven.", None),
        ("Would you like somebody to", None),
    )
    found: list[tuple[str, Any]] = []
    for text, _ in table:
        question = question_in(text, 3)
        kind = (
            question.expects if isinstance(question, SlotQuestion) else "more" if question and question.more else None
        )
        found.append((text, kind or ("offer" if question else None)))
        assert question is None or question.at_turn == 3
    assert found == list(table)


def test_given_a_new_question_then_it_takes_the_place_of_its_kind_and_is_the_newest() -> None:
    asked = with_question((CONSENT, READ_BACK), ConsentQuestion("May I?"))
    assert asked == (READ_BACK, ConsentQuestion("May I?"))
    offered = with_question(with_question(asked, Offer("Shall I?")), SlotQuestion("name", "Your name?"))
    assert [each.kind for each in offered] == ["read_back", "consent", "slot"]
    assert without(offered, "consent", "slot") == (READ_BACK,)


def test_given_a_read_back_then_it_is_heard_when_all_but_its_question_was() -> None:
    content, whole = informing(FRESH.text), FRESH.text
    for text, interrupted, heard in (
        (whole, False, True),
        (f"Sorry, once more: {whole}", False, True),
        (f"{content} Shall I", True, True),
        (whole[:20], True, False),
        ("Shall I send it?", False, False),
    ):
        (question,) = (each for each in says((FRESH,), text, interrupted=interrupted) if each.kind == "read_back")
        assert isinstance(question, ReadBack) and question.heard is heard, text


def test_given_the_question_of_recording_then_only_the_whole_of_it_is_heard() -> None:
    (question,) = says((CONSENT,), CONSENT.text[:-6], interrupted=True)
    assert question == CONSENT
    (question,) = says((CONSENT,), CONSENT.text)
    assert question == replace(CONSENT, heard=True, at_turn=2, hearings=1)


def test_given_a_question_of_the_model_then_it_pends_and_one_in_a_prompt_does_not() -> None:
    asks = "Would you like somebody to call you back?"
    assert says((), asks) == (Offer(asks, at_turn=2),)
    assert says((), asks, prompt=True) == ()
    assert says((CONSENT,), asks) == (CONSENT, Offer(asks, at_turn=2))
    assert says((CONSENT,), asks, prompt=True) == (CONSENT,)


@given(st.lists(st.sampled_from(["prompt", "repeat", "cut"]), max_size=6))
def test_given_prompts_repeats_and_interruptions_then_the_question_stays_the_newest(events: list[str]) -> None:
    questions: Questions = (READ_BACK,)
    for event in events:
        match event:
            case "prompt":
                questions = says(questions, PROMPT, prompt=True)
            case "repeat":
                questions = says(questions, "I'm sorry, I didn't catch that. Could you say it once more?")
            case _:
                questions = says(questions, "We meet at", interrupted=True)
    assert questions == (READ_BACK,)


def test_given_a_prompt_that_repeats_the_question_then_it_is_asked_again() -> None:
    newest = says(
        (READ_BACK, Offer("Shall I tell you the way?")), f"{PROMPT} {last_sentence(READ_BACK.text)}", prompt=True
    )
    assert newest[-1] == replace(READ_BACK, hearings=READ_BACK.hearings + 1)


def test_given_turns_that_do_not_answer_then_each_kind_pends_for_its_patience() -> None:
    for question in (CONSENT, READ_BACK, SlotQuestion("name", "Your name?"), Offer("Shall I?")):
        asked = replace(question, at_turn=2)
        last = 2 + PATIENCE[question.kind]
        assert after_caller((asked,), "What time is the service?", last) == (asked,)
        assert after_caller((asked,), "What time is the service?", last + 1) == ()


@pytest.mark.requirement("PT-64")
def test_given_a_caller_who_declines_then_the_read_back_is_off_and_everything_else_stays() -> None:
    offer = Offer("Shall I tell you the way?", at_turn=2)
    for utterance in ("No.", "Actually forget that for now,", "Never mind, how late are you open?", "Cancel it."):
        assert after_caller((CONSENT, READ_BACK, offer), utterance, 3) == (CONSENT, offer)
    for utterance in ("Hold on, let me look.", "just tell me what time the service is on Sunday.", "Yes.", "Hm?"):
        assert after_caller((READ_BACK,), utterance, 3) == (READ_BACK,)


def test_given_a_digression_then_the_agent_reminds_of_the_read_back_a_few_times() -> None:
    reply = "We meet at nine. Is there anything else you'd like to know?"
    reminded = reminder((READ_BACK,), reply, 3)
    assert reminded == "And about your prayer request: shall I send it?"
    questions = says((READ_BACK,), f"{reply} {reminded}", turn=3)
    assert questions == (replace(READ_BACK, at_turn=3, hearings=2),)
    for quiet in (
        reminder((READ_BACK,), reply, READ_BACK.at_turn),
        reminder((replace(READ_BACK, hearings=MOST_HEARINGS),), reply, 3),
        reminder((FRESH,), reply, 3),
        reminder((READ_BACK,), "Of course. How do you spell it?", 3),
        reminder((READ_BACK,), "We meet at nine. Now, shall I send it?", 3),
        reminder((), reply, 3),
    ):
        assert quiet is None


def test_given_words_of_the_caller_then_they_name_the_read_back_or_do_not() -> None:
    named = ("Yes, please send it.", "okay send", "Yes, send that please.")
    assert [text for text in named if not repeats(text, READ_BACK)] == []
    others = ("Yes.", "Yes, please.", "Sure, I'd like that.", "Go ahead.")
    assert [text for text in others if repeats(text, READ_BACK)] == []


def test_given_a_phrase_then_its_question_can_be_left_away() -> None:
    assert informing("No problem, I won't record. How can I help you?") == "No problem, I won't record."
    assert informing("Thank you for calling. Goodbye.") == "Thank you for calling. Goodbye."
    assert last_sentence(CONSENT.text) == "Is it all right with you if I record?"
