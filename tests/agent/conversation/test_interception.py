"""What code answers before a model sees it, and what it leaves to the model."""

from typing import Any

import pytest

from agent.conversation.interception import Interception, Kind
from shared.domain.conversation import ConsentQuestion
from shared.domain.language.consent import ConsentAnswer


@pytest.fixture
def asked(conversation: Any) -> Any:
    """A caller who has just been asked whether the call may be recorded."""
    conversation.state.change(recording_announced=True, question=ConsentQuestion())
    conversation.speaker.say(conversation.state.phrases.consent)
    return conversation


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
    ],
)
def test_given_danger_then_code_answers_all_of_it_whatever_is_pending(
    utterance: str, found: tuple[Kind, ...], asked: Any
) -> None:
    for pending in (True, False):
        asked.state.change(question=ConsentQuestion() if pending else None)
        interception = asked.intercepted(utterance)
        assert interception is not None
        assert (interception.kinds, interception.answers_all) == (found, True)
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
    conversation.hear("I think I just want to")
    # before the turn is confirmed, and after
    assert kinds(conversation.intercepted("kill myself.")) == (Kind.CRISIS,)
    conversation.hear("kill myself.")
    assert kinds(conversation.intercepted("kill myself.")) == (Kind.CRISIS,)


def test_given_a_danger_that_was_answered_then_the_next_turn_is_judged_by_itself(conversation: Any) -> None:
    conversation.hear("I think I just want to")
    conversation.state.change(unanswered="")
    assert conversation.intercepted("end the week well.") is None


@pytest.mark.parametrize(
    ("utterance", "answer", "answers_all"),
    [
        ("Yes, that's fine.", ConsentAnswer.GRANTED, True),
        ("No thanks.", ConsentAnswer.REFUSED, True),
        ("Don't record me.", ConsentAnswer.REFUSED, True),
        ("Yes, you can, and please tell me when you all meet on Sundays.", ConsentAnswer.GRANTED, False),
        ("No, I'd rather not, I only want to know when you meet on Sundays.", ConsentAnswer.REFUSED, False),
        ("When do you folks get together on Sundays?", ConsentAnswer.UNCLEAR, False),
    ],
)
def test_given_the_question_of_recording_then_the_answer_is_codes_and_the_rest_the_models(
    utterance: str, answer: ConsentAnswer, answers_all: bool, asked: Any
) -> None:
    assert asked.intercepted(utterance) == Interception((Kind.CONSENT,), consent=answer, answers_all=answers_all)


def test_given_a_mumble_then_it_is_asked_for_once_more_and_then_counts_as_no(asked: Any) -> None:
    assert kinds(asked.intercepted("Hm?")) == (Kind.UNCLEAR,)
    asked.state.change(question=ConsentQuestion(repeated=True))
    assert asked.intercepted("Hm?") == Interception((Kind.CONSENT,), consent=ConsentAnswer.UNCLEAR, answers_all=False)


def test_given_a_yes_to_are_you_still_there_then_it_is_no_consent(asked: Any) -> None:
    for prompt in asked.state.phrases.still_there:
        asked.speaker.say(prompt)
        found = asked.intercepted("Yes, I'm here.")
        assert found is not None and found.consent is ConsentAnswer.UNCLEAR
        found = asked.intercepted("Yes.")
        assert found is not None and found.consent is ConsentAnswer.UNCLEAR


def test_given_a_question_of_recording_that_was_cut_short_then_a_yes_is_no_consent(asked: Any) -> None:
    asked.speaker.say(asked.state.phrases.consent, interrupted=True)
    found = asked.intercepted("Yes, hello?")
    assert found is not None and found.consent is ConsentAnswer.UNCLEAR
    found = asked.intercepted("No, don't.")
    assert found is not None and found.consent is ConsentAnswer.REFUSED


def test_given_a_no_to_are_you_still_there_then_the_recording_is_refused(asked: Any) -> None:
    asked.speaker.say(asked.state.phrases.still_there[0])
    found = asked.intercepted("No, don't record me.")
    assert found is not None and found.consent is ConsentAnswer.REFUSED


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
