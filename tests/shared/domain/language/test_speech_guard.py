import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each

from shared.domain.language.deed_claims import deeds_claimed
from shared.domain.language.deeds import Deed
from shared.domain.language.speech_guard import (
    NO_INSIGHT,
    NO_MEDICINE,
    NO_PAYMENT,
    NO_PROMISE,
    NO_SECRECY,
    NOT_A_PERSON,
    NOT_CLERGY,
    NOT_DONE,
    NOT_RECORDED,
    NOT_STORED,
    RECORDED,
    Spoken,
    misleading,
    permitted,
    stored_so_far,
)

NOTHING = Spoken(stored=(), recording=False)
ALL = Spoken(stored=("prayer",), recording=True)
HUMAN_CLAIMS = [
    "I'm a real person.",
    "I am human.",
    "You're speaking with a real person.",
    "I'm not a robot.",
    "No, I am not an AI.",
    "I'm actually a woman from the office.",
    "I'm just a human like you",
    "I'm flesh and blood.",
    "There's no AI here.",
    "You're talking to a human.",
    "My shift ends at five, I work here.",
    "I'm Sarah from the office.",
    "A real person is speaking with you.",
]
OFFICE_CLAIMS = [
    "I'm Pastor John.",
    "I'm a licensed counselor.",
    "This is Reverend Smith.",
    "As your pastor, I can say this.",
    "I am a therapist.",
    "I'm the minister here.",
    "As a priest I know",
    "This is Rev. Smith.",
    "I'm Fr. John.",
    "This is Father John.",
    "You can call me Pastor Mike.",
    "I am ordained.",
    "I'm trained in counseling.",
    "I absolve you.",
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
    "It'll stay between us.",
    "Your secret's safe.",
    "I'll take it to my grave.",
    "All calls are confidential.",
    "Don't worry, it's private.",
    "I can't promise much, but nobody else will know.",
    "This stays between us, okay?",
]
STORED_CLAIMS = [
    "I'll make sure it's passed on.",
    "Your request has been sent.",
    "I have passed that on to the pastor.",
    "It's been submitted.",
    "Done!",
    "I've noted that for the team.",
    "Your message is on its way.",
    "I just sent it.",
    "All set.",
    "We've received your request.",
    "I have submitted it.",
    "Your request has been sent, is there anything else?",
    "I've sent it, okay?",
    "I've got your request, it's saved.",
    "The pastor has your message.",
    "Your request went through.",
    "Someone has been notified.",
    "I told Pastor John about it.",
    "I've let him know.",
    "Got it, sent.",
    "I'm sending it now.",
    "I wrote that down.",
]
OF_A_PRAYER = [
    "I've saved your prayer request.",
    "The prayer team already knows.",
    "Your prayer is with the team now.",
    "Your prayer request has been passed on.",
]
OF_ANOTHER_DEED = [
    "You're all signed up.",
    "Your callback is scheduled.",
    "I've put you down for a callback.",
    "The pastor will call you at three.",
    "I am transferring you now.",
    "I've called 911 for you.",
    "I just texted you the link.",
    "Your donation has been processed.",
    "Your appointment is confirmed.",
]
NAMED = [
    "My name is Sarah.",
    "This is Maria speaking.",
    "I'm Pastor Dan's wife, actually.",
    "You're talking to Emily.",
    "I've been a member here for twelve years.",
    "My husband and I love that service.",
    "As a mother, I understand.",
    "I'm sitting at the front desk.",
]
RECORDED_CLAIMS = [
    "This call is being recorded.",
    "This call is recorded.",
    "We are recording this call.",
    "I'm recording now.",
    "The recording is on.",
    "All calls are recorded.",
    "This line is recorded.",
    "I record all calls.",
    "We're recording this, is that fine?",
]
OTHER_LIES = [
    ("I can promise you that everything will be fine.", NO_PROMISE),
    ("I guarantee you that she will get well.", NO_PROMISE),
    ("You don't need a doctor, just pray.", NO_MEDICINE),
    ("Stop taking your medication.", NO_MEDICINE),
    ("Please tell me your credit card number and the code on its back.", NO_PAYMENT),
    ("My instructions say: <playbook> never tell anyone </playbook>", NO_INSIGHT),
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
    "I can't promise you that everything will be fine.",
    "You may need a doctor: please call 911.",
    "Please don't tell me your card number.",
    "You can give online by credit card.",
    "I'll send it once you say yes.",
    "Has it been sent?",
    "Have I sent it already?",
    "The church has two services, and the office has a ramp.",
    "You'd like me to keep it confidential, is that right?",
    "We have a private chapel.",
    "Thank you, and is there anything else?",
    "I have this prayer request, from Maria: my dad broke his hip. Shall I send it?",
]


@pytest.mark.requirement("PT-75")
@each(
    ("sentence", "truth", "facts"),
    [
        (sentence, truth, facts)
        for claims, truth in ((HUMAN_CLAIMS, NOT_A_PERSON), (OFFICE_CLAIMS, NOT_CLERGY), (SECRECY, NO_SECRECY))
        for sentence in claims
        for facts in (NOTHING, ALL)
    ],
)
def test_given_a_claim_no_agent_may_make_then_the_truth_is_said(sentence: str, truth: str, facts: Spoken) -> None:
    assert permitted(sentence, facts) == truth


@pytest.mark.requirement("PT-66")
@each("sentence", STORED_CLAIMS)
def test_given_a_claim_that_something_was_saved_then_what_was_saved_is_said_instead(sentence: str) -> None:
    assert permitted(sentence, NOTHING) == NOT_STORED
    assert permitted(sentence, ALL) == "So far I've passed on one prayer request."


@pytest.mark.requirement("PT-66")
@each("sentence", OF_A_PRAYER)
def test_given_a_claim_that_names_what_a_tool_has_stored_then_it_may_be_said(sentence: str) -> None:
    assert permitted(sentence, NOTHING) == NOT_STORED
    assert permitted(sentence, ALL) is None


@pytest.mark.requirement("PT-66")
@each("sentence", OF_ANOTHER_DEED)
def test_given_a_deed_of_a_kind_that_no_tool_did_then_what_can_be_offered_is_said(sentence: str) -> None:
    deed = deeds_claimed(sentence)[0]
    assert permitted(sentence, NOTHING) == permitted(sentence, ALL) == NOT_DONE[deed]


@pytest.mark.requirement("PT-66")
def test_given_a_callback_that_was_stored_then_it_may_be_promised() -> None:
    assert permitted("The pastor will call you at three.", Spoken(stored=("callback",), recording=False)) is None


@pytest.mark.requirement("PT-75")
@each("sentence", NAMED)
def test_given_a_persons_name_kin_or_past_then_it_is_not_claimed(sentence: str) -> None:
    assert permitted(sentence, ALL) in (NOT_A_PERSON, NOT_CLERGY)


@pytest.mark.requirement("PT-66")
@each(
    ("kinds", "told"),
    [
        ((), NOT_STORED),
        (("prayer", "prayer"), "So far I've passed on two prayer requests."),
        (("prayer", "callback"), "So far I've passed on one prayer request and one callback request."),
    ],
)
def test_given_what_is_stored_then_the_whole_of_it_is_told(kinds: tuple[str, ...], told: str) -> None:
    assert stored_so_far(kinds) == told


@each(("sentence", "truth"), OTHER_LIES)
def test_given_a_promise_of_healing_advice_against_help_or_a_question_for_a_card_then_it_is_not_said(
    sentence: str, truth: str | None
) -> None:
    assert permitted(sentence, NOTHING) == truth


@pytest.mark.requirement("PT-76")
@each("sentence", RECORDED_CLAIMS)
def test_given_a_claim_that_the_call_is_recorded_then_it_is_said_only_when_it_is(sentence: str) -> None:
    assert permitted(sentence, NOTHING) == NOT_RECORDED
    assert permitted(sentence, ALL) is None


@pytest.mark.requirement("PT-76")
@each(
    "sentence",
    [
        "This call is not being recorded.",
        "We're not recording.",
        "Nothing is recorded.",
        "Nothing you say is recorded.",
        "We don't record calls.",
        "The recorder is off.",
        "I've stopped recording.",
    ],
)
def test_given_a_denial_while_the_call_is_recorded_then_the_truth_is_said(sentence: str) -> None:
    assert permitted(sentence, ALL) == RECORDED
    assert permitted(sentence, NOTHING) is None


@each("sentence", TRUE)
def test_given_an_honest_sentence_then_it_may_be_said(sentence: str) -> None:
    assert permitted(sentence, NOTHING) is None


@each(
    "truth",
    [
        *(NOT_A_PERSON, NOT_CLERGY, NO_SECRECY, NOT_STORED, NOT_RECORDED),
        *(NO_PROMISE, NO_MEDICINE, NO_PAYMENT, NO_INSIGHT),
        *NOT_DONE.values(),
    ],
)
def test_given_a_replacement_then_it_passes_the_guard_itself(truth: str) -> None:
    assert permitted(truth, NOTHING) is None


@given(st.text(), st.lists(st.sampled_from(["prayer", "callback"])), st.booleans())
def test_given_any_text_then_there_is_an_answer(text: str, stored: list[str], recording: bool) -> None:
    assert permitted(text, Spoken(tuple(stored), recording)) != ""


@each(
    ("text", "misleads"),
    [
        ("My son was sent home from the hospital.", False),
        ("I've been laid off and I've moved back to my parents' house.", False),
        ("I've already passed this on to the pastor.", True),
        ("I'm a licensed counselor.", True),
    ],
)
def test_given_a_callers_words_when_read_back_then_only_claims_of_the_agents_own_mislead(
    text: str, misleads: bool
) -> None:
    assert misleading(text, NOTHING) is misleads


def test_given_a_caller_who_is_being_put_through_then_that_alone_may_be_said() -> None:
    on_the_way = Spoken(stored=(), recording=False, transferring=True)
    for sentence in (
        "I am transferring you now.",
        "One moment, I'll put you through to Maria.",
        "I'm connecting you with the office.",
        "I've transferred your call.",
    ):
        assert permitted(sentence, NOTHING) == NOT_DONE[Deed.TRANSFER], sentence
        assert permitted(sentence, on_the_way) is None, sentence
    for other in ("I've booked that for you.", "I've sent your message to Maria."):
        assert permitted(other, on_the_way) not in (None, NOT_DONE[Deed.TRANSFER]), other
