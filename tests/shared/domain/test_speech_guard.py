import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.speech_guard import (
    NO_SECRECY,
    NOT_A_PERSON,
    NOT_CLERGY,
    NOT_RECORDED,
    NOT_STORED,
    RECORDED,
    Spoken,
    permitted,
)

NOTHING = Spoken(stored=False, recording=False)
ALL = Spoken(stored=True, recording=True)
HUMAN_CLAIMS = [
    "I'm a real person.",
    "I am human.",
    "You're speaking with a real person.",
    "I'm not a robot.",
    "No, I am not an AI.",
    "I'm actually a woman from the office.",
    "I'm just a human like you",
]
OFFICE_CLAIMS = [
    "I'm Pastor John.",
    "I'm a licensed counselor.",
    "This is Reverend Smith.",
    "As your pastor, I can say this.",
    "I am a therapist.",
    "I'm the minister here.",
    "As a priest I know",
]
SECRECY = [
    "This is completely confidential.",
    "I won't tell anyone.",
    "Nobody else will ever know.",
    "Your secret is safe with me.",
    "I promise not to tell anyone.",
    "This stays between us.",
    "I'll keep this a secret.",
    "Everything you say is confidential.",
    "It's strictly confidential",
    "I will keep it private",
]
STORED_CLAIMS = [
    "I've saved your prayer request.",
    "Your request has been sent.",
    "I have passed that on to the pastor.",
    "It's been submitted.",
    "Done!",
    "You're all set.",
    "Your callback is scheduled.",
    "I've noted that for the team.",
    "Your message is on its way.",
    "I just sent it.",
    "All set.",
    "We've received your request.",
    "I have submitted it.",
]
RECORDED_CLAIMS = [
    "This call is being recorded.",
    "This call is recorded.",
    "We are recording this call.",
    "I'm recording now.",
    "The recording is on.",
]
TRUE = [
    "I'm an AI assistant.",
    "I'm not a person.",
    "I'm not a pastor.",
    "I am not a counselor, but I can listen.",
    "I can't promise that this stays confidential.",
    "I can't keep this secret.",
    "Would you like me to keep it confidential?",
    "Shall I send it?",
    "It hasn't been sent yet.",
    "I couldn't save it.",
    "I have a prayer for your mother, from Maria. Shall I send it?",
    "The service is scheduled for ten.",
    "This call may be recorded for quality.",
    "This call is not being recorded.",
    "Is it okay if this call is recorded?",
    "Thank you for calling Grace Community.",
    "Our pastor is John Smith.",
    "The pastor will see your request.",
    "Once it's saved I'll tell you.",
    "Would you like somebody to call you back?",
    "I can answer questions, pass on prayer requests, or have somebody call you back.",
    "Services are at nine and eleven.",
    "I'm the pastor's assistant, an AI.",
    "No problem, I won't record this call.",
    "How can I help you?",
    "I'm sorry, I couldn't pass that on.",
    "Sermons are recorded and put on our website.",
    "There is private parking behind the church.",
    "I'm here with you.",
    "May I have your name?",
    "I'm talking about the woman's group.",
    "This is the church office's AI assistant.",
    "I'd be glad to pass that on.",
    "I am so sorry for your loss.",
    "No one will be turned away.",
    "If this call is recorded, you will be told.",
    "I have not sent that.",
    "What you say is not confidential.",
    "The bulletin was sent on Friday.",
]


@pytest.mark.requirement("PT-75")
@pytest.mark.parametrize("facts", [NOTHING, ALL])
@pytest.mark.parametrize(
    ("sentence", "truth"),
    [
        *[(sentence, NOT_A_PERSON) for sentence in HUMAN_CLAIMS],
        *[(sentence, NOT_CLERGY) for sentence in OFFICE_CLAIMS],
        *[(sentence, NO_SECRECY) for sentence in SECRECY],
    ],
)
def test_given_a_claim_no_agent_may_make_then_the_truth_is_said(sentence: str, truth: str, facts: Spoken) -> None:
    assert permitted(sentence, facts) == truth


@pytest.mark.requirement("PT-66")
@pytest.mark.parametrize("sentence", STORED_CLAIMS)
def test_given_a_claim_that_something_was_saved_then_it_is_said_only_when_it_was(sentence: str) -> None:
    assert permitted(sentence, NOTHING) == NOT_STORED
    assert permitted(sentence, ALL) is None


@pytest.mark.requirement("PT-76")
@pytest.mark.parametrize("sentence", RECORDED_CLAIMS)
def test_given_a_claim_that_the_call_is_recorded_then_it_is_said_only_when_it_is(sentence: str) -> None:
    assert permitted(sentence, NOTHING) == NOT_RECORDED
    assert permitted(sentence, ALL) is None


@pytest.mark.requirement("PT-76")
@pytest.mark.parametrize(
    "sentence", ["This call is not being recorded.", "We're not recording.", "Nothing is recorded."]
)
def test_given_a_denial_while_the_call_is_recorded_then_the_truth_is_said(sentence: str) -> None:
    assert permitted(sentence, ALL) == RECORDED
    assert permitted(sentence, NOTHING) is None


@pytest.mark.parametrize("sentence", TRUE)
def test_given_an_honest_sentence_then_it_may_be_said(sentence: str) -> None:
    assert permitted(sentence, NOTHING) is None


@pytest.mark.parametrize("truth", [NOT_A_PERSON, NOT_CLERGY, NO_SECRECY, NOT_STORED, NOT_RECORDED])
def test_given_a_replacement_then_it_passes_the_guard_itself(truth: str) -> None:
    assert permitted(truth, NOTHING) is None


@given(st.text(), st.booleans(), st.booleans())
def test_given_any_text_then_there_is_an_answer(text: str, stored: bool, recording: bool) -> None:
    assert permitted(text, Spoken(stored, recording)) != ""
