"""Whether a caller asked for anything, and whether the agent's words answered: what a call's outcome counts."""

from tables import each

from shared.domain.language.replies import answers, asks

ASKED = (
    "When do you folks get together on Sundays?",
    "No thanks. When do you folks get together on Sundays?",
    "Parking for three buses.",
    "I'd like somebody to call me back.",
    "Um, yeah, so where exactly are you located?",
    "My husband is in the hospital and we would like a visit.",
    "Good morning, is the office open on Fridays?",
    "Do you rent out the hall for weddings?",
)
NOT_ASKED = (
    "Yes.",
    "No thanks, I'd rather you didn't.",
    "Hello? Hello? Anybody there?",
    "Hi, good morning.",
    "Okay, great, that's all I needed. Bye now.",
    "Um, hang on, just a second.",
    "Thank you so much, goodbye.",
    "Sure, go ahead.",
)
ANSWERED = (
    "We meet on Sundays at nine and eleven. Is there anything else you'd like to know?",
    "We're at 123 Oak Street.",
    "I'm an AI assistant. I can answer questions, pass on prayer requests, or have somebody call you back.",
    "Thank you for asking! The office is open from nine to four on weekdays.",
    "I don't know about the choir, but the office is open until four.",
    "I'm sorry to hear that. Pastor Lee visits the hospital on Thursdays.",
    "We don't have an evening service.",
    "The service isn't recorded.",
    "Our pastor is Dana",
)
UNANSWERED = (
    "And what is it",
    "Okay. What number can we",
    "I'm afraid I don't have that information. I can take your number and have somebody call you back, if you like.",
    "I'm afraid I don't have that information.",
    "I'm not sure about that. Would you like somebody to call you back?",
    "Hello! How can I help you today?",
    "Of course. May I have your name?",
    "I don't have the details on that, but I can ask somebody to call you.",
    "I can't do that myself. I can take a message.",
    "Unfortunately I have no information about the youth trip.",
    "I couldn't find anything about that, I'm sorry.",
    "That isn't something I know.",
    "I understand. I'm so sorry for your loss. Would you like us to pray with you?",
    "Take your time.",
    "No problem, I won't record this call. How can I help you today?",
    "Thank you for calling Grace Community. Goodbye.",
    "I'd be glad to pass that on. What would you like us to pray for?",
)


@each(("utterance", "expected"), [*((u, True) for u in ASKED), *((u, False) for u in NOT_ASKED)])
def test_given_what_callers_say_then_greetings_and_short_answers_ask_for_nothing(
    utterance: str, expected: bool
) -> None:
    assert asks(utterance) is expected


@each(("utterance", "expected"), [*((u, True) for u in ANSWERED), *((u, False) for u in UNANSWERED)])
def test_given_what_agents_say_then_questions_courtesies_offers_and_ignorance_answer_nothing(
    utterance: str, expected: bool
) -> None:
    assert answers(utterance) is expected


def test_given_a_phrase_of_the_agent_or_its_beginning_then_it_answers_nothing() -> None:
    phrase = "The recording has been stopped for this call and all of it was deleted."
    assert answers(phrase)
    assert not answers(phrase, [phrase])
    assert not answers("The recording has been", [phrase])
    assert answers("The recording has been made on Sunday.", [phrase])
