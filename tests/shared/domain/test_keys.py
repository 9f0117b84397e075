"""What a caller's keys mean, by the question that pends."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.keys import Consented, Entry, Expected, Person, Said, expected_of, informed, meaning, takes
from shared.domain.language.consent import ConsentAnswer
from shared.domain.questions import ConsentQuestion, Offer, ReadBack, SlotQuestion

KEYS = "0123456789*#ABCD"


def entry(keys: str, expected: Expected | None) -> Entry:
    pressed = Entry()
    for key in keys:
        pressed = pressed.with_key(key, expected)
    return pressed


YES, NO = Said("Yes.", "yes_no"), Said("No.", "yes_no")
GRANTED, REFUSED = Consented(ConsentAnswer.GRANTED, "1"), Consented(ConsentAnswer.REFUSED, "2")
WITHDRAWN = Consented(ConsentAnswer.WITHDRAWN, "9")
NUMBER = Said("2065550142.", "number")


@pytest.mark.parametrize(
    ("keys", "expected", "means"),
    [
        ("1", "consent", GRANTED),
        ("2", "consent", REFUSED),
        ("9", "consent", WITHDRAWN),
        ("9", None, WITHDRAWN),
        ("9", "yes_no", WITHDRAWN),
        ("1#", "consent", GRANTED),
        ("11", "consent", GRANTED),
        ("12", "consent", None),
        ("21", "consent", None),
        ("3", "consent", None),
        ("*", "consent", None),
        ("2*1", "consent", GRANTED),
        ("1", "yes_no", YES),
        ("2", "yes_no", NO),
        ("22", "yes_no", NO),
        ("4111111111111111", "yes_no", Said("4111111111111111.", "number")),
        ("4111111111111111#", None, Said("4111111111111111.", "number")),
        ("378282246310005", None, Said("378282246310005.", "number")),
        ("1", None, None),
        ("0", None, Person()),
        ("0", "consent", Person()),
        ("0", "number", Person()),
        ("00", "yes_no", Person()),
        ("2065550142#", "number", NUMBER),
        ("2065550142", "number", NUMBER),
        ("999*2065550142#", "number", NUMBER),
        ("5550142#", "number", Said("5550142.", "number")),
        ("".join(digit * 2 for digit in "2065550142") + "##", "number", NUMBER),
        ("11223344#", "number", Said("11223344.", "number")),
        ("206#", "number", Said("206.", "number")),
        ("9", "number", WITHDRAWN),
        ("2065550142#", None, Said("My number is 2065550142.", "number")),
        ("2065550142#", "yes_no", Said("My number is 2065550142.", "number")),
        ("5550142#", None, Said("My number is 5550142.", "number")),
        ("555014#", None, None),
        ("2065550142", None, None),
        ("206#", None, None),
        ("#", "number", None),
        ("*", "number", None),
        ("A", "number", None),
    ],
)
def test_given_keys_and_a_pending_question_then_they_mean_what_it_takes(
    keys: str, expected: Expected | None, means: Any
) -> None:
    assert meaning(entry(keys, expected), recording_asked=True) == means


def test_given_a_call_whose_recording_was_never_asked_about_then_nothing_is_withdrawn() -> None:
    assert meaning(entry("9", None), recording_asked=False) is None


CONSENT = ConsentQuestion("This call may be recorded for quality. Is it all right with you if I record?")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (None, None),
        (CONSENT, "consent"),
        (ReadBack("e", "request_callback", "callback", {}, "Is that right?", 1), "yes_no"),
        (Offer("Would you like somebody to call you back?"), "yes_no"),
        (SlotQuestion("phone", "What number can we reach you at?"), "number"),
        (SlotQuestion("name", "May I have your name?"), None),
    ],
)
def test_given_a_pending_question_then_it_expects_keys_of_its_kind(question: Any, expected: Expected | None) -> None:
    assert expected_of(question) == expected


def test_given_a_question_about_the_recording_then_a_key_agrees_to_it_once_it_is_clear_what_it_asks() -> None:
    assert not informed(CONSENT, "Thank you for calling Grace Community.")
    assert not informed(CONSENT, "This call may")
    assert not informed(CONSENT, "The choir is recorded on Sundays.")
    assert informed(CONSENT, "This call may be recorded for")
    assert informed(replace(CONSENT, heard=True), "Are you still there?")
    assert informed(replace(CONSENT, repeated=True), "This call")


def test_given_a_question_that_changes_within_an_entry_then_the_first_one_counts() -> None:
    assert Entry().with_key("1", "consent").with_key("#", "yes_no").expected == "consent"


def test_given_an_entry_then_it_is_complete_at_once_after_its_end_and_late_within_a_number() -> None:
    assert entry("1#", "yes_no").wait_seconds == 0
    assert entry("1", "yes_no").wait_seconds < 1
    assert entry("206", "number").wait_seconds > entry("2065550142", "number").wait_seconds > 0
    assert entry("206", None).wait_seconds > 3
    assert entry("206555014", "number").wait_seconds == entry("206", "number").wait_seconds
    assert entry("12065550142", "number").wait_seconds == entry("2065550142", "number").wait_seconds


@given(st.text(KEYS, max_size=24), st.sampled_from([None, "consent", "yes_no", "number"]), st.booleans())
def test_given_any_keys_then_only_a_lone_key_answers_and_no_long_number_is_ever_passed_on(
    keys: str, expected: Any, asked: bool
) -> None:
    means = meaning(entry(keys, expected), recording_asked=asked)
    last = keys.rpartition("*")[2].rstrip("#")
    if isinstance(means, Consented | Person) or means in (YES, NO):
        assert len(set(last)) == 1 and len(last) <= 2
    if isinstance(means, Said) and means.answers == "number":
        assert 1 <= sum(letter.isdigit() for letter in means.words) <= 15


def test_given_a_pending_question_then_the_keys_that_it_takes_stop_the_agent() -> None:
    taken = {
        expected: "".join(key for key in KEYS if takes(key, expected))
        for expected in (None, "consent", "yes_no", "number")
    }
    assert taken == {None: "", "consent": "12", "yes_no": "12", "number": "0123456789"}
