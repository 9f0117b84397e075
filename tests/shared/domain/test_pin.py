"""The owner's PIN: its form, its hash, and the keys that enter it."""

import pytest

from shared.domain.keys import Entry, PinEntered, Said, expected_of, meaning, takes
from shared.domain.language.secrets import masked
from shared.domain.pin import hashed, is_pin, matches
from shared.domain.questions import PinQuestion, ReadBack, after_caller

SALT = bytes(range(16))
AGREED = ReadBack("e1", "send_message", "message", {"to": "Mia"}, "Shall I send it?", 3)


@pytest.mark.requirement("DU-54", part="the PIN is kept as a hash")
def test_given_a_pin_then_its_hash_alone_is_kept_and_only_its_own_keys_match() -> None:
    stored = hashed("48213", SALT)
    assert "48213" not in stored and hashed("48213", bytes(16)) != stored, "salted"
    twice = "".join(2 * key for key in "48213")
    tries = ("48213", twice, "48214", "4821", "482130", "", "31284")
    assert [each for each in tries if matches(each, stored)] == ["48213", twice], "a press may come twice"
    forms = ("0193", "904817", "193", "9048175", "1111", "12a4", "１２３４", " 1234", "")
    assert [each for each in forms if is_pin(each)] == ["0193", "904817"]


def test_given_keys_while_a_pin_is_wanted_then_they_are_the_pin_and_stand_for_no_words() -> None:
    wanted = expected_of(PinQuestion(AGREED, "Please enter your PIN.", 4))
    assert wanted == "pin" and takes("7", wanted) and not takes("#", wanted)
    entry = Entry()
    for key in "70*9021#":
        entry = entry.with_key(key, wanted)
    found = meaning(entry, recording_asked=True)
    assert found == PinEntered("9021") and "9021" not in repr(found)
    # one key could be a yes, a no or a withdrawal: here it is the beginning of a PIN, and not complete at once
    assert [meaning(Entry(key, wanted), recording_asked=True) for key in "129"] == [PinEntered(key) for key in "129"]
    assert Entry("1", wanted).wait_seconds == Entry("1234", wanted).wait_seconds > 1
    assert not isinstance(meaning(Entry("902144#"), recording_asked=False), Said), "too short for a telephone's number"


def test_given_a_pin_that_is_spoken_or_declined_then_no_text_holds_it_and_nothing_waits_for_it() -> None:
    texts = [masked(said, pin_wanted=True).text for said in ("9 0 2 1", "it's nine oh two one", "90 21, please")]
    assert texts == ["[security code]", "it's [security code]", "[security code], please"], texts
    assert masked("In ten minutes, at 9021 Pine Street").kinds == ()
    pending = (PinQuestion(AGREED, "Please enter your PIN.", 4),)
    assert after_caller(pending, "No, forget it.", 5) == ()
    assert after_caller(pending, "One moment, I have to look.", 5) == pending
    assert after_caller(pending, "And what about tomorrow?", 8) == ()
