from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import each

from shared.domain.language.farewell import farewell, only_takes_leave
from shared.domain.language.yes_no import confirms, declines, is_bare, may_answer, yes_or_no

YES = [
    "Yes.",
    "Yeah, sure.",
    "Sure, go ahead.",
    "That's fine.",
    "I don't mind.",
    "No problem.",
    "Yes please",
    "That's right",
    "Correct.",
    "Uh-huh.",
    "Okay.",
    "Fine by me.",
    "Why not?",
    "I have no problem with that.",
    "Absolutely",
    "of course, dear",
    "Yep, that's it exactly.",
    "Yes, that would be great, thank you.",
    "go a head",
    "Um, I guess so, yeah.",
    "You can record, I don't mind at all.",
    "That's okay with me.",
    "No, I don't mind.",
    "Not a problem at all",
    "yes, send it",
    "Please do.",
    "Mm-hmm",
    "all right then",
    "Sounds good.",
    "Yes, that is correct.",
    "It's fine, honestly.",
    "Right.",
    "Sure thing",
    "I suppose that's okay",
    "Yeah, go for it",
    "Yeah, please send that.",
    "Yes. That is exactly what I said.",
    "Yep, you got it.",
    "Mm, yes.",
    "Oh sure, that's no trouble.",
    "Yes, thank you very much.",
    "That's perfect, thanks.",
    "You got it.",
    "Right, that's correct.",
    "Yes ma'am.",
    "Okay, that's fine with me.",
    "That sounds right.",
    "Um, sure.",
    "It is, yes.",
    "Sure, I have no problem with that at all.",
    "That would be lovely.",
    "Yes I would like that.",
    "I'm fine with that.",
    "Sure, why not.",
    "Yeah, okay.",
    "That's alright with me.",
    "I'm happy with that.",
    "Yes it's correct.",
    "Looks good.",
    "By all means.",
    "ok go ahead please",
    "Yes that's my number.",
    "You may.",
    "Certainly, go right ahead.",
    "That is right, thank you.",
    "Fine.",
    "Sure.",
    "Oh yes please.",
    "Good.",
    "No, that's right.",
    "I confirm.",
    "Confirmed.",
    "No changes, that's perfect.",
    "Would you please?",
]
NO = [
    "No.",
    "Nope.",
    "No thanks.",
    "I'd rather you didn't.",
    "Please don't record me.",
    "no, it's Maria with an M",
    "I'd prefer not.",
    "No, that's not right.",
    "That's wrong.",
    "Nah, I'm good.",
    "Absolutely not.",
    "Yeah, I'd rather not.",
    "I do not consent",
    "I don't want to be recorded",
    "not really",
    "No way",
    "Wait, no, it's Thursday.",
    "I said Marion, not Marianne.",
    "Okay, no thanks.",
    "know thank you",
    "Can you please not?",
    "Actually, no.",
    "Never mind.",
    "I don't think so.",
    "No, my number ends in 42.",
    "Sure, but please don't record me.",
    "I am not comfortable with that",
    "No, it's for my sister Helen.",
    "Nope, not quite.",
    "No, the number is different.",
    "That's not my name.",
    "No, I said Tuesday.",
    "I would rather not.",
    "Uh, no thank you.",
    "No, don't.",
    "Please don't.",
    "That isn't what I meant.",
    "I'd really rather you didn't.",
    "Not exactly.",
    "Hmm, no.",
    "Not at this time.",
    "I'm going to say no.",
    "No no no.",
    "I'd rather not be recorded, if that's okay.",
    "You got my name wrong.",
    "No, the last digit is a seven.",
    "I don't like being recorded.",
    "I decline.",
    "No sir.",
    "I'm good, thanks.",
    "I'd feel better if you didn't.",
    "I don't think that's right.",
]
NEITHER = [
    "What time is the service?",
    "My mother is ill.",
    "I'm not sure.",
    "Huh?",
    "Why do you record?",
    "",
    "Is this Grace Community?",
    "Yes, and when is the service?",
    "Yes, my name is Daniel Ortiz.",
    "Yes, I'm here.",
    "Yes, hello?",
    "Yeah hi, I'm trying to reach the pastor.",
    "Yes who is this?",
    "Yes if my wife is okay with it.",
    "Right, so my number is different.",
    "Okay, I need prayer for my brother who is in surgery",
    "Only if you delete it",
    "Can you say that again?",
    "I need somebody to pray for my son Caleb.",
    "How long does it take?",
    "Who am I talking to?",
    "Well, it depends.",
    "My number is 206-555-0142",
    "We moved here last month.",
    "I called yesterday and no one answered.",
    "Okay, my name is Rosa and I need help with the food pantry.",
    "Do I have to?",
    "I'm looking for the youth group.",
]
FAREWELLS = [
    "Bye.",
    "Goodbye!",
    "That's all, thanks.",
    "No, that's everything.",
    "Bye bye.",
    "Okay, great, thank you so much for your help, bye bye.",
    "No, that was everything.",
    "That'll be all.",
    "Nothing else, thank you.",
    "Have a good day.",
    "I'm good, thanks.",
    "that's it for today",
    "See you on Sunday",
    "Thanks, have a blessed day.",
    "No thank you, that's all I needed.",
    "Good by.",
    "You've been very helpful, thank you.",
    "okay bye now",
    "No, I'm all set. Thanks!",
    "take care",
    "talk to you later",
    "Okay, bye.",
    "Thanks, goodbye.",
    "No, thank you, that's all.",
    "That's it, thank you.",
    "I think that's everything.",
    "Nope, that'll do it, thanks!",
    "That's all for now.",
    "Thank you so much, have a great day.",
    "Alright, talk to you later.",
    "No, nothing else. Thank you for your help.",
    "Have a nice day, bye.",
    "Okay thank you. Bye-bye.",
    "No that was all I needed, thanks a lot.",
    "I'm all set, thank you.",
    "We're done here.",
    "Great. See you Sunday!",
    "No, I'm fine, thank you.",
    "good night",
    "Well, I'll let you go.",
    "No, that's all, thanks. Goodbye.",
]
NO_FAREWELLS = [
    "That's all right.",
    "Is that all?",
    "I just wanted to say goodbye.",
    "Before I go, one more thing.",
    "That's all I know about my uncle's hospital room",
    "What time is the service?",
    "Yes.",
    "No.",
    "Thank you.",
    "I'm fine with the second service at eleven",
    "Nothing else matters to me since she died last year",
    "My husband said goodbye to his job",
    "",
    "Have a good day is what she always told the children at school",
    "Yes please.",
    "What time?",
    "That's it exactly, my mother's name is Ruth.",
    "I need to say goodbye to my brother before he dies.",
    "Is that it?",
    "Okay.",
    "It was all a mistake",
    "I'm done with treatment next week, please pray",
    "Everything is fine",
    "My number is 206-555-0142.",
]


@pytest.mark.requirement("PT-64")
@each("utterance", YES)
def test_given_a_yes_in_the_callers_words_then_it_is_one(utterance: str) -> None:
    assert yes_or_no(utterance) is True


@pytest.mark.requirement("PT-64")
@each("utterance", NO)
def test_given_a_no_or_a_correction_then_it_is_a_no(utterance: str) -> None:
    assert yes_or_no(utterance) is False


@each("utterance", NEITHER)
def test_given_hesitation_or_something_else_then_it_is_neither(utterance: str) -> None:
    assert yes_or_no(utterance) is None


@each("utterance", ["Well, that can't be right, yes?", "Yes, but I didn't say Thursday.", "No, yes, fine."])
def test_given_both_at_once_then_it_is_never_taken_for_a_yes(utterance: str) -> None:
    assert yes_or_no(utterance) is not True


@each("utterance", FAREWELLS)
def test_given_a_farewell_then_it_is_one(utterance: str) -> None:
    assert farewell(utterance)


@each("utterance", NO_FAREWELLS)
def test_given_words_that_only_resemble_a_farewell_then_the_call_goes_on(utterance: str) -> None:
    assert not farewell(utterance)


@given(st.text())
def test_given_any_text_then_there_is_a_meaning(text: str) -> None:
    assert yes_or_no(text) in (True, False, None)
    assert farewell(text) in (True, False)


@pytest.mark.requirement("PT-64")
@each(
    "utterance",
    [
        "Yes.",
        "Yes, please send it.",
        "That's right, thank you so much.",
        "Okay.",
        "Go ahead.",
        "Yes, I'd like that.",
        "Yes, I want you to send it.",
        "Yep, thanks, bye.",
        "No, that's right.",
        "I confirm.",
        "Confirmed.",
    ],
)
def test_given_a_plain_yes_then_it_confirms(utterance: str) -> None:
    assert confirms(utterance)


@pytest.mark.requirement("PT-64")
@each(
    "utterance",
    [
        "No.",
        "Hm?",
        "Yes, but my name is Robert.",
        "Yes, except the name.",
        "Yes, and also pray for my mom.",
        "Sure, just change Walter to William.",
        "Yes, add that he is forty.",
        "Yes, what time is the service?",
        "Yeah, I wanted to ask about parking.",
        "Okay, thank you. Goodbye.",
        "Alright, have a good day. Goodbye.",
        "Yes if my wife is okay with it.",
        "Right, so my number is different.",
    ],
)
def test_given_a_yes_that_changes_adds_or_asks_or_only_takes_leave_then_it_does_not_confirm(utterance: str) -> None:
    assert not confirms(utterance)


@pytest.mark.requirement("PT-64")
def test_given_a_yes_that_repeats_what_was_asked_then_it_confirms_and_other_words_do_not() -> None:
    asked = "So somebody calls Daniel Ortiz back on 2 0 6, about this: renting the hall. Is that right?"
    repeats = ("Yes, my name is Daniel Ortiz.", "Yeah, Daniel, renting the hall.", "Right, somebody calls me back.")
    assert [text for text in repeats if not confirms(text, asked)] == []
    others = ("Yes, my name is David Ortiz.", "Yeah, renting the hall tomorrow.", "Right, but somebody calls me back?")
    assert [text for text in others if confirms(text, asked)] == []


YESES = st.sampled_from(["yes", "yeah", "sure", "that's right", "okay", "go ahead", "correct", "I confirm"])
FILLERS = st.sampled_from(["um", "oh", "well", "uh", "please", "thank you", "sir", "ma'am", "so"])
OWN = st.sampled_from(["pastor", "hall", "tomorrow", "Tuesday", "wife", "number", "brother", "parking", "eleven"])


@pytest.mark.requirement("PT-64")
@given(YESES, st.lists(FILLERS, max_size=3), st.lists(OWN, max_size=3), st.randoms())
def test_given_a_yes_among_fillers_then_it_is_one_and_with_any_word_of_its_own_it_is_not(
    yes: str, fillers: list[str], own: list[str], chance: Any
) -> None:
    parts = [yes, *fillers, *own]
    chance.shuffle(parts)
    assert yes_or_no(", ".join(parts)) is (None if own else True)


def test_given_a_caller_who_drops_what_was_asked_then_it_is_declined_whatever_they_say_besides() -> None:
    dropped = (
        "Actually forget that for now,",
        "Actually forget that for now, just tell me what time the service is on Sunday.",
        "Never mind.",
        "No.",
        "Cancel that please, how late are you open?",
        "Don't send it yet, I mean don't send it.",
        "Scrap the whole thing.",
        "I've changed my mind about that.",
    )
    assert [text for text in dropped if not declines(text)] == []
    kept = ("Yes.", "What time is the service?", "Hold on, let me look.", "Almost, it's Smyth with a y.", "I forget.")
    assert [text for text in kept if declines(text)] == []


def test_given_a_question_whether_to_cancel_then_cancel_it_is_a_yes_and_dropping_the_matter_is_none() -> None:
    question = "That's order 4 1 7 2, two desk lamps: stop the presses. Shall I cancel it?"
    yes = ("Yes, cancel it.", "Cancel it, please.", "Yeah, go ahead and cancel that.", "Yes, please do.", "Cancel it.")
    no = (
        "No, don't cancel it.",
        "Please don't cancel that.",
        "Never mind.",
        "Forget it.",
        "I've changed my mind.",
        "No.",
    )
    assert [text for text in yes if not confirms(text, question) or declines(text, question)] == []
    assert [text for text in no if confirms(text, question) or not declines(text, question)] == []
    other = "I have this prayer: that they stop it and cancel the war. Shall I send it?"
    assert [text for text in yes[:3] if not declines(text, other)] == []


def test_given_unusual_words_then_a_second_opinion_is_worth_it_and_for_clear_ones_it_is_not() -> None:
    unusual = (
        "you hit the nail on the head",
        "that's the ticket",
        "couldn't be righter",
        "not in a million years maybe",
    )
    assert [text for text in unusual[:3] if not may_answer(text)] == []
    clear = (
        "Yes.",
        "No.",
        "What time is it?",
        "hold on",
        "",
        "how late are you open",
        "well I called last week because my sister and her husband wanted to rent the hall for a party",
    )
    assert [text for text in clear if may_answer(text)] == []


def test_given_the_agents_goodbye_then_pleasantries_add_nothing_and_anything_else_does() -> None:
    nothing = ("Bye.", "Thank you!", "You too.", "Okay, thanks, bye bye.", "", "Have a nice day.", "Bless you.")
    assert [text for text in nothing if not only_takes_leave(text)] == []
    more = ("Oh wait, one more thing.", "What time is the service?", "My number is 206 555 0142.", "Actually, hold on.")
    assert [text for text in more if only_takes_leave(text)] == []


@each(
    ("utterance", "bare"),
    [
        *((yes, True) for yes in ("Yes.", "Yeah, sure.", "Okay.", "Uh-huh.")),
        *((yes, False) for yes in ("Go ahead.", "That's right.", "I don't mind.", "Yes, you can record.", "Why not?")),
    ],
)
def test_given_a_yes_then_it_is_bare_where_it_may_answer_any_question(utterance: str, bare: bool) -> None:
    assert is_bare(utterance) is bare
