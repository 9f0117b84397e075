"""Consent to recording: what is asked, what an answer means, and the proof that is kept (OP-77 … OP-85)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.language.consent_patterns import ALLOWED, DECLINED, HALF_A_NO, KEPT_PRIVATE, NO_WITHDRAWAL, WITHDRAWN
from shared.domain.language.text import words
from shared.domain.language.yes_no import yes_or_no


class ConsentAnswer(StrEnum):
    """What the caller's words mean for the recording. UNCLEAR counts as no: nothing is recorded without a yes."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    UNCLEAR = "UNCLEAR"


NO = frozenset({ConsentAnswer.REFUSED, ConsentAnswer.WITHDRAWN})
"""After one of these nothing may be recorded, and what was is deleted."""

_DIGITS = {"1": ConsentAnswer.GRANTED, "2": ConsentAnswer.REFUSED, "9": ConsentAnswer.WITHDRAWN}


@dataclass(frozen=True)
class ConsentRecord:
    """One durable answer; `key` makes it idempotent within its call."""

    call_id: str
    key: str
    answer: ConsentAnswer
    policy_version: str
    text_hash: str
    """SHA-256 (hex) of the words that were said when asking."""
    language: str
    utterance: str
    """What was answered, as it was heard. PII."""
    at: datetime


def interpret(utterance: str) -> ConsentAnswer:
    """The answer to "may I record?", in the caller's own words: GRANTED, REFUSED or UNCLEAR, never WITHDRAWN."""
    text = words(utterance)
    if withdraws(utterance) or KEPT_PRIVATE.search(text) or DECLINED.search(text):
        return ConsentAnswer.REFUSED
    match yes_or_no(utterance):
        case True:
            # of a sentence that lost its end, a polite word isn't a yes
            return ConsentAnswer.UNCLEAR if HALF_A_NO.search(text) else ConsentAnswer.GRANTED
        case False:
            return ConsentAnswer.REFUSED
        case None:
            return ConsentAnswer.GRANTED if ALLOWED.search(text) else ConsentAnswer.UNCLEAR


def answer_of_digits(digits: str) -> ConsentAnswer:
    """What a caller pressed, asked for 1 (yes), 2 (no) or 9 (no longer): UNCLEAR for anything else, or nothing."""
    return _DIGITS.get(digits.strip().rstrip("#"), ConsentAnswer.UNCLEAR)


def withdraws(utterance: str) -> bool:
    """Whether the caller wants the recording off, said at any time and in any words (OP-79).

    In doubt it is a withdrawal; "don't stop recording" and a question about when it stops are none.
    """
    text = words(utterance)
    return bool(WITHDRAWN.search(NO_WITHDRAWAL.sub(" ", text)))


def text_hash(text: str) -> str:
    """SHA-256 (hex) of the words that were said when asking, as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
