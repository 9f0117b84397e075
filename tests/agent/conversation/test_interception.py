"""What code answers before a model sees it, and what it leaves to the model."""

from dataclasses import replace
from typing import Any

import pytest
from conversations import READ_BACK

from agent.conversation.interception import Interception, Kind, intercept, unsure_of
from shared.domain.language.consent import ConsentAnswer
from shared.domain.questions import (
    ConsentQuestion,
    Offer,
    PendingQuestion,
    SlotQuestion,
    informing,
    last_sentence,
)


@pytest.fixture
def asked(conversation: Any) -> Any:
    """A caller who has just been asked whether the call may be recorded."""
    consent = conversation.state.phrases.consent
    conversation.state.change(recording_announced=True, questions=(ConsentQuestion(consent),))
    conversation.speaker.say(consent)
    return conversation


class NoConsent:
    """Takes every answer and does nothing about it."""

    async def take_answer(self, answer: ConsentAnswer, utterance: str) -> None:
        del answer, utterance

    async def withdraw(self, utterance: str) -> None:
        del utterance


def kinds(found: Interception | None) -> tuple[Kind, ...]:
    return found.kinds if found else ()


@pytest.mark.parametrize(
    "utterance", ["When do you meet?", "Yes.", "No.", "Hm?", "I'd like a prayer.", "My dog died.", ""]
)
def test_given_nothing_that_concerns_code_then_the_model_answers(utterance: str, conversation: Any) -> None:
    assert conversation.intercepted(utterance) is None


@pytest.mark.requirement("PT-69")
@pytest.mark.parametrize(
    ("utterance", "found"),
    [
        ("I want to kill myself.", (Kind.CRISIS,)),
        ("I'm going to shoot somebody at your church.", (Kind.THREAT,)),
        ("You are a stupid bitch.", (Kind.ABUSE,)),
        ("My husband collapsed and he's not breathing.", (Kind.EMERGENCY,)),
        ("Yes, and I want to kill myself.", (Kind.CRISIS,)),
    ],
)
def test_given_danger_then_code_answers_all_of_it_whatever_is_pending(
    utterance: str, found: tuple[Kind, ...], asked: Any
) -> None:
    pending: list[PendingQuestion | None] = [
        *(None, ConsentQuestion(), replace(ConsentQuestion(), heard=True), READ_BACK, replace(READ_BACK, heard=True)),
        *(SlotQuestion("phone", "What number?"), Offer("Is there anything else?", more=True)),
    ]
    for question in pending:
        asked.state.change(questions=(question,) if question else ())
        for in_care in (False, True):
            asked.state.change(in_care=in_care, crisis=in_care, recording_enabled=in_care)
            interception = asked.intercepted(utterance)
            assert interception is not None, question
            assert (interception.kinds, interception.answers_all) == (found, True), question
            assert interception.words


@pytest.mark.requirement("PT-73")
def test_given_several_dangers_at_once_then_crisis_comes_first_and_threat_before_abuse(conversation: Any) -> None:
    worst = "You stupid bitch, I'm going to shoot somebody and then I'll kill myself."
    assert kinds(conversation.intercepted(worst)) == (Kind.CRISIS, Kind.THREAT, Kind.ABUSE)


@pytest.mark.requirement("PT-69")
def test_given_danger_in_a_yes_or_in_a_withdrawal_then_danger_comes_first(asked: Any) -> None:
    assert kinds(asked.intercepted("Yes, record that I want to kill myself.")) == (Kind.CRISIS,)
    assert kinds(asked.intercepted("Stop recording, I want to kill myself.")) == (Kind.CRISIS,)


@pytest.mark.requirement("PT-69")
def test_given_danger_cut_in_two_by_a_pause_then_it_is_heard(conversation: Any) -> None:
    missed: list[tuple[str, str]] = []
    for first, second, kind in (
        ("I think I just want to", "kill myself.", Kind.CRISIS),
        ("I don't want to", "be here anymore.", Kind.CRISIS),
        ("I want to end", "it all tonight.", Kind.CRISIS),
        # by itself it is what people shout at the agent
        ("Sometimes I think I want to", "die.", Kind.CRISIS),
        ("I'm going to shoot", "everybody at your church.", Kind.THREAT),
    ):
        conversation.state.change(unanswered="")
        conversation.hear(first)
        # before the turn is confirmed, and after
        before = kinds(conversation.intercepted(second))
        conversation.hear(second)
        if not before[:1] == kinds(conversation.intercepted(second))[:1] == (kind,):
            missed.append((first, second))
    assert missed == []


def test_given_a_danger_that_was_answered_then_the_next_turn_is_judged_by_itself(conversation: Any) -> None:
    conversation.hear("I think I just want to")
    conversation.state.change(unanswered="")
    assert conversation.intercepted("end the week well.") is None


GRANTED, REFUSED, UNCLEAR = ConsentAnswer.GRANTED, ConsentAnswer.REFUSED, ConsentAnswer.UNCLEAR


@pytest.mark.requirement("OP-78", "OP-80")
def test_given_the_question_of_recording_then_the_answer_is_codes_and_the_rest_the_models(asked: Any) -> None:
    table = (
        ("Yes, that's fine.", GRANTED, True),
        ("No thanks.", REFUSED, True),
        ("Don't record me.", REFUSED, True),
        ("I'm good, thanks.", REFUSED, True),
        ("Before we go on, I do not want to be recorded.", REFUSED, True),
        ("before we go on i do not want to be recorded", REFUSED, True),
        ("No, I'd rather not, I only want to know when you meet on Sundays.", REFUSED, False),
        ("please don't record this i need to know when the food pantry opens tomorrow", REFUSED, False),
        ("I'm calling about the food pantry, and I don't want to be recorded.", REFUSED, False),
        ("When do you folks get together on Sundays?", UNCLEAR, False),
        ("Yes, you can, and please tell me when you all meet on Sundays.", UNCLEAR, False),
        ("Yeah hi, I'm trying to reach the pastor.", UNCLEAR, False),
        ("Yes who is this? I got a call from you.", UNCLEAR, False),
        ("Sure is cold in here today, I need the heating fixed.", UNCLEAR, False),
        ("Okay so my mother passed away on Friday.", UNCLEAR, False),
    )
    found = [(text, asked.intercepted(text)) for text, _, _ in table]
    assert found == [
        (text, Interception((Kind.CONSENT,), consent=answer, answers_all=all_of_it))
        for text, answer, all_of_it in table
    ]


def test_given_a_mumble_then_it_is_asked_for_once_more_and_then_counts_as_no(asked: Any) -> None:
    assert kinds(asked.intercepted("Hm?")) == (Kind.UNCLEAR,)
    asked.state.change(questions=(replace(asked.value.consent_question, repeated=True),))
    assert asked.intercepted("Hm?") == Interception((Kind.CONSENT,), consent=UNCLEAR, answers_all=False)


async def test_given_a_prompt_after_the_question_of_recording_then_a_bare_yes_is_asked_about_and_others_count(
    asked: Any,
) -> None:
    for prompt in asked.state.phrases.still_there:
        asked.speaker.say(prompt)
        for answer in ("Yes, I'm here.", "Yes.", "Yes, hello?"):
            assert kinds(asked.intercepted(answer)) == (Kind.ASK_AGAIN,)
        for answer in ("Yes, that's fine.", "Sure, go ahead and record."):
            assert asked.intercepted(answer).consent is GRANTED
        assert asked.intercepted("No, don't record me.").consent is REFUSED
    await asked.answer("Yes.")
    assert asked.speaker.said[-1] == asked.state.phrases.consent
    assert asked.intercepted("Yes.").consent is GRANTED


def test_given_a_prompt_that_ends_with_the_question_then_a_bare_yes_answers_that(asked: Any) -> None:
    again = last_sentence(asked.state.phrases.consent)
    asked.speaker.say(f"{asked.state.phrases.still_there[0]} {again}")
    assert asked.intercepted("Yes.").consent is GRANTED


def test_given_a_question_of_recording_that_was_cut_short_then_it_is_asked_again_and_a_no_counts(asked: Any) -> None:
    consent = asked.state.phrases.consent
    asked.state.change(questions=(ConsentQuestion(consent),))
    asked.speaker.say(consent[:40], interrupted=True)
    assert kinds(asked.intercepted("Yes, sure.")) == (Kind.ASK_AGAIN,)
    assert asked.intercepted("No, don't.").consent is REFUSED


def test_given_the_models_opinion_then_it_may_refuse_a_recording_and_never_allows_one(asked: Any) -> None:
    unusual = "that is a bridge too far for me"
    assert unsure_of(unusual, asked.value) == asked.value.consent_question
    assert intercept(unusual, asked.value, False).consent is REFUSED
    for opinion in (True, None):
        assert intercept(unusual, asked.value, opinion).consent is UNCLEAR


def test_given_a_read_back_then_an_opinion_confirms_it_where_the_patterns_are_unsure(conversation: Any) -> None:
    conversation.state.change(questions=(READ_BACK,))
    unusual = "you hit the nail on the head"
    assert unsure_of(unusual, conversation.value) == READ_BACK
    assert kinds(intercept(unusual, conversation.value, True)) == (Kind.CONFIRMED,)
    for opinion in (False, None):
        assert intercept(unusual, conversation.value, opinion) is None
    sure = ("Yes.", "No.", "Wait, let me think.", "What was that?", "I'd like to know when you meet on Sunday.")
    assert [text for text in sure if unsure_of(text, conversation.value)] == []


@pytest.mark.requirement("PT-64")
def test_given_a_read_back_then_code_takes_the_yes_and_the_model_all_else(conversation: Any) -> None:
    conversation.state.change(questions=(READ_BACK,))
    yes = ("Yes.", "No, that's right.", "I confirm.", "Confirmed.", "Yes, please send it.", "yep you got it")
    assert [text for text in yes if kinds(conversation.intercepted(text)) != (Kind.CONFIRMED,)] == []
    other = ("No.", "Yes if my wife is okay with it.", "Right, so my number is different.", "Yes, I'm here.", "Yes?")
    assert [text for text in other if conversation.intercepted(text) is not None] == []


@pytest.mark.requirement("OP-79")
async def test_given_a_refusal_or_a_withdrawal_then_it_is_always_acknowledged_aloud(asked: Any) -> None:
    phrases, saying = asked.state.phrases, asked.speaker.said
    for utterance, spoken in (
        ("Before we go on, I do not want to be recorded.", phrases.consent_refused),
        ("No, I'd rather not, I only want to know when you meet on Sundays.", informing(phrases.consent_refused)),
    ):
        asked.state.change(questions=(ConsentQuestion(phrases.consent, heard=True),))
        await asked.answer(utterance, consent=NoConsent())
        assert saying[-1] == spoken
    asked.state.change(recording_enabled=True, questions=())
    await asked.answer("Would you stop recording? I'm calling to have my mother prayed for.", consent=NoConsent())
    assert saying[-1] == informing(phrases.recording_stopped)


@pytest.mark.requirement("OP-79")
@pytest.mark.parametrize(
    "utterance", ["Stop recording.", "Please turn that recorder off, would you?", "I don't want to be recorded."]
)
def test_given_a_withdrawal_at_any_time_then_code_answers_it(utterance: str, conversation: Any) -> None:
    assert conversation.intercepted(utterance) == Interception((Kind.RECORDING_STOPPED,))


@pytest.mark.requirement("OP-79")
@pytest.mark.parametrize(
    ("utterance", "answers_all"),
    [
        ("Please don't record me. And how late is somebody at the desk?", False),
        ("Would you stop recording? I'm calling to have my mother prayed for.", False),
        ("Okay, quit recording, where do I leave my bicycle.", False),
        ("Who do I talk to about a wedding? Oh, and stop the recording.", False),
        ("Hang on. I don't want this recorded.", True),
        ("I've been thinking, stop recording, I'd be happier without it.", True),
        ("Turn off the recording. Thank you.", True),
        ("Stop recording. Please stop recording me.", True),
    ],
)
def test_given_a_withdrawal_when_something_else_follows_then_the_model_answers_that(
    utterance: str, answers_all: bool, conversation: Any
) -> None:
    found = conversation.intercepted(utterance)
    assert found == Interception((Kind.RECORDING_STOPPED,), answers_all=answers_all)


@pytest.mark.requirement("OP-79")
def test_given_a_no_that_a_pause_cut_in_two_then_it_is_a_refusal_and_a_yes_is_not_pieced_together(asked: Any) -> None:
    asked.state.change(unanswered="I'd really prefer")
    found = asked.intercepted("that you didn't record this.")
    assert found is not None and found.consent is ConsentAnswer.REFUSED
    asked.state.change(unanswered="Well I suppose")
    found = asked.intercepted("that could be.")
    assert found is not None and found.consent is not ConsentAnswer.GRANTED


@pytest.mark.requirement("OP-79")
def test_given_a_withdrawal_that_a_pause_cut_in_two_then_it_is_one(conversation: Any) -> None:
    conversation.state.change(unanswered="Could you please turn off")
    assert kinds(conversation.intercepted("the recording now.")) == (Kind.RECORDING_STOPPED,)


@pytest.mark.requirement("OP-79")
def test_given_a_refusal_that_was_answered_when_something_else_is_asked_then_that_is_the_models(
    conversation: Any,
) -> None:
    conversation.state.change(unanswered="No thank you, please don't record this.")
    assert conversation.intercepted("When is your office open?") is None
    conversation.state.change(unanswered=f"{conversation.value.unanswered} When is your office open?")
    assert conversation.intercepted("When is your office open?") is None
