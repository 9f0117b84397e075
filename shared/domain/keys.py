"""Keys of the caller's telephone (DTMF): which question they answer, and what they mean. Pure.

Keys that come one soon after the other are one entry. What it means is decided when it is complete: after `#`, or when
no key follows. So a single key may answer a question, and the same digit within a number never does.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from shared.domain.language.consent import ConsentAnswer
from shared.domain.language.secrets import is_card
from shared.domain.questions import ConsentQuestion, Offer, PendingQuestion, PinQuestion, ReadBack, SlotQuestion

Expected = Literal["consent", "yes_no", "number", "pin"]
"""What the pending question takes by keys."""

LONE_SECONDS = 0.7
"""A single key means something if none follows for so long: people type a number faster than that."""
NUMBER_SECONDS = 4.0
"""People stop to look between the groups of a number that they were asked for."""
WHOLE_SECONDS = 1.5
"""After as many digits as a number has at home, none is likely to follow."""

_YES, _NO, _WITHDRAW, _PERSON = "1", "2", "9", "0"
_CONSENT = {_YES: ConsentAnswer.GRANTED, _NO: ConsentAnswer.REFUSED}
_HOME_DIGITS = 10
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15


def expected_of(question: PendingQuestion | None) -> Expected | None:
    """What the newest pending question takes by keys."""
    match question:
        case ConsentQuestion():
            return "consent"
        case ReadBack() | Offer():
            return "yes_no"
        case PinQuestion():
            return "pin"
        case SlotQuestion(expects="phone"):
            return "number"
        case SlotQuestion() | None:
            return None


def informed(question: ConsentQuestion, heard: str) -> bool:
    """Whether a key may agree to the recording: the caller has heard the question, or so much of it in the agent's last
    words that they know what it is about, or has been asked twice."""
    begun = question.text.startswith(heard.strip()) and "record" in heard.lower()
    return question.heard or question.repeated or begun


@dataclass(frozen=True)
class Entry:
    """Keys pressed one after the other that nothing was made of yet."""

    keys: str = ""
    expected: Expected | None = None
    """By the question that was pending at the first of them."""

    def with_key(self, key: str, expected: Expected | None) -> "Entry":
        """`*` takes back what was pressed before it."""
        if key == "*":
            return Entry(expected=expected)
        return replace(self, keys=self.keys + key) if self.keys else Entry(key, expected)

    @property
    def digits(self) -> str:
        return self.keys.rstrip("#")

    @property
    def wait_seconds(self) -> float:
        """How long to wait for the next key before the entry counts as complete."""
        if not self.keys or self.keys.endswith("#"):
            return 0.0
        if self.expected == "pin":
            return NUMBER_SECONDS
        if self.expected == "number":
            return WHOLE_SECONDS if len(self.keys) >= _HOME_DIGITS else NUMBER_SECONDS
        return LONE_SECONDS if len(self.keys) == 1 else NUMBER_SECONDS


@dataclass(frozen=True)
class Consented:
    """An answer to the question of recording, or its withdrawal."""

    answer: ConsentAnswer
    key: str


@dataclass(frozen=True)
class Said:
    """The keys stand for these words of the caller's."""

    words: str
    answers: Literal["yes_no", "number"]


@dataclass(frozen=True)
class Person:
    """The caller wants to speak to a person."""


@dataclass(frozen=True)
class PinEntered:
    """What the caller entered where the owner's PIN is asked for: it stands for no words, and nothing keeps it."""

    digits: str = field(repr=False)


Meaning = Consented | Said | Person | PinEntered

WANTS_A_PERSON = "I'd like to speak to a real person."


def meaning(entry: Entry, *, recording_asked: bool) -> Meaning | None:
    """What a complete entry means; None: nothing. `recording_asked`: the caller was asked about the recording.

    A key that came twice is one, as a network may report a press in two ways.
    """
    digits = entry.digits
    if entry.expected == "pin" and digits.isdigit() and digits != _PERSON:
        return PinEntered(digits)
    key = digits[0] if digits and len(digits) <= 2 and len(set(digits)) == 1 else ""
    if key == _PERSON:
        return Person()
    if key == _WITHDRAW and recording_asked:
        return Consented(ConsentAnswer.WITHDRAWN, key)
    if entry.expected == "consent" and key in _CONSENT:
        return Consented(_CONSENT[key], key)
    if entry.expected == "yes_no" and key in (_YES, _NO):
        return Said("Yes." if key == _YES else "No.", "yes_no")
    return _number(entry)


def takes(key: str, expected: Expected | None) -> bool:
    """Whether the pending question takes this key: then it stops the agent's speech."""
    match expected:
        case "consent" | "yes_no":
            return key in (_YES, _NO)
        case "number" | "pin":
            return key.isdigit()
        case None:
            return False


def _number(entry: Entry) -> Said | None:
    digits = _each_once(entry.digits)
    if not digits.isdigit():
        return None
    if len(digits) > _MOST_DIGITS or is_card(digits):
        # of no telephone: it is masked as what was said, and the caller hears that it can't be taken
        return Said(f"{digits}.", "number")
    if entry.expected == "number":
        # one that is too short is answered like one that was spoken
        return Said(f"{digits}.", "number")
    whole = entry.keys.endswith("#") and len(digits) >= _FEWEST_DIGITS
    return Said(f"My number is {digits}.", "number") if whole else None


def _each_once(digits: str) -> str:
    """The digits of a number whose every press came twice. By their order, not their times: a process that was held up
    sees the keys of a second at one moment."""
    twice = len(digits) > _HOME_DIGITS + 1 and digits[::2] == digits[1::2]
    return digits[::2] if twice else digits
