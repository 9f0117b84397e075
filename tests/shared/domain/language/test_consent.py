import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each

from shared.domain.language.consent import ConsentAnswer, interpret, text_hash, withdraws

GRANTS = [
    "Yes.",
    "Sure, go ahead.",
    "That's fine.",
    "I don't mind.",
    "Yes, you can record.",
    "Go ahead and record",
    "I'm okay with being recorded",
    "Yeah that's alright",
    "No, I don't mind.",
    "Record away.",
    "You have my permission",
    "It's all right with me",
    "Fine, record it",
    "Yes it's all right",
    "Sure, no problem",
    "That is all right with me",
    "I guess that's all right.",
    "Yes, that's all right with me.",
    "Sure, record if you like.",
    "Yeah, I'm good with that.",
    "Go for it.",
    "It's okay to record.",
    "You can record me.",
    "I don't have any objection.",
    "Fine, whatever.",
    "Yes, you may record the call.",
]
REFUSES = [
    "No.",
    "I'd rather you didn't.",
    "No thanks.",
    "Please don't record me.",
    "Stop recording.",
    "I'd prefer this stayed private.",
    "No recording please.",
    "Let's keep this off the record",
    "I'm not comfortable being recorded",
    "I do not want that",
    "Can we skip the recording?",
    "I would prefer not to be recorded",
    "I object",
    "Not today",
    "I'd rather this wasn't recorded.",
    "Please leave the recording off.",
    "Nah, don't record.",
    "I do not agree.",
    "No, I do not consent to that.",
    "I'm gonna say no to that.",
    "Not recorded, please.",
    "I'd prefer if you didn't record.",
    "Don't tape me.",
    "Let's not record.",
    "No, I want to keep it private.",
]
UNCLEAR = [
    "What time is the service?",
    "My mother is ill.",
    "I'm not sure.",
    "Huh?",
    "Why do you record?",
    "",
    "Is this Grace Community?",
    "Okay, I need prayer for my brother who is in surgery",
    "Only if you delete it",
    "Hi, I was wondering when the food bank opens.",
    "Sorry, what?",
    "Recorded for what?",
    "I'm calling about the funeral on Friday.",
    "Is anyone there?",
    # a recogniser lost the end
    "Please leave the recorder.",
    "Please turn that.",
    "All right, I'd rather.",
    "Okay, could you leave",
    "Please don",
]
WITHDRAWS = [
    "Stop recording.",
    "stop recording please",
    "Please turn the recording off.",
    "I don't want to be recorded anymore.",
    "Can you stop recording?",
    "Could you turn off the recording?",
    "Stop recording me.",
    "Please don't record this.",
    "I'd rather you didn't record this.",
    "I changed my mind about the recording.",
    "I withdraw my consent.",
    "Delete the recording.",
    "No more recording.",
    "Switch that recording off, would you?",
    "I no longer want to be recorded.",
    "please stop taping this call",
    "Recording off please",
    "Hey, quit recording.",
    "I'd like the recording stopped",
    "Wait, don't record me.",
    "Would you please stop the recording now",
    "you should not be recording this",
    "I don't agree to being recorded.",
    "Stop the record in",
    "I didn't agree to being recorded",
    "Actually can you shut the recorder off",
    "Please stop the recording.",
    "Hey could you turn recording off?",
    "I want you to stop recording this call.",
    "Switch off the recorder, please.",
    "I don't want this recorded.",
    "Could you not record this part?",
    "End the recording.",
    "I would like you to stop recording now.",
    "You need to stop recording me.",
    "I've changed my mind, stop recording.",
    "I've changed my mind about being recorded.",
    "Take the recording off",
    "I don't feel comfortable being recorded anymore.",
    "Stop the tape.",
    "Let's turn off the recording.",
    "Please discontinue recording.",
]
KEEPS = [
    "Don't stop recording.",
    "Please do not stop recording.",
    "When do you stop recording?",
    "You don't have to stop recording.",
    "Are you recording this?",
    "Stop it.",
    "What time is the service?",
    "I'd like to leave a message.",
    "Is the call recorded?",
    "I left a record player at the church, can somebody stop by?",
    "You can keep recording",
    "No need to stop recording",
    "Does it stop recording when I hang up?",
    "",
    "I have a recording of the choir",
    "never stop the recording please",
    "The bus stop is near the recording studio",
    "I'm not asking you to stop recording",
    "Yes you can record",
    "Please keep recording.",
    "Can I get a copy of the recording?",
    "Is the sermon recorded?",
    "I want to record a song at the church.",
    "My son is recording an album.",
    "Do you record the services?",
    "Why are you recording?",
    "The rain won't stop.",
    "How long do you keep the recording?",
    "Turn off the lights.",
    "I'd like to stop by for the recording of the concert.",
]


@each("utterance", GRANTS)
def test_given_a_yes_in_the_callers_words_then_recording_is_granted(utterance: str) -> None:
    assert interpret(utterance) is ConsentAnswer.GRANTED


@pytest.mark.requirement("OP-80")
@each("utterance", REFUSES)
def test_given_a_no_in_the_callers_words_then_recording_is_refused(utterance: str) -> None:
    assert interpret(utterance) is ConsentAnswer.REFUSED


@pytest.mark.requirement("OP-80")
@each("utterance", UNCLEAR)
def test_given_unrelated_speech_then_nothing_is_granted(utterance: str) -> None:
    assert interpret(utterance) is ConsentAnswer.UNCLEAR


@pytest.mark.requirement("OP-79")
@each("utterance", WITHDRAWS)
def test_given_stop_recording_in_any_words_then_consent_is_withdrawn(utterance: str) -> None:
    assert withdraws(utterance)


@pytest.mark.requirement("OP-79")
@each("utterance", KEEPS)
def test_given_words_about_recording_that_stop_nothing_then_consent_stands(utterance: str) -> None:
    assert not withdraws(utterance)


@given(st.text())
def test_given_any_text_then_it_is_an_answer_and_never_a_withdrawal_of_what_was_not_given(text: str) -> None:
    assert interpret(text) in (ConsentAnswer.GRANTED, ConsentAnswer.REFUSED, ConsentAnswer.UNCLEAR)


@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
def test_given_the_words_that_were_said_then_their_hash_is_of_exactly_them() -> None:
    assert text_hash("May I record?") == hashlib.sha256(b"May I record?").hexdigest()
    assert text_hash("May I record?") != text_hash("May I record")
