"""Consent to recording: what a caller's answer means, and the record that proves it (OP-77 … OP-85)."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.language import yes_no_patterns as answers
from shared.domain.language.consent_patterns import (
    DECLINED,
    HALF_A_NO,
    KEPT_PRIVATE,
    NO_WITHDRAWAL,
    PERMISSION,
    PREAMBLE,
    WITHDRAWN,
)
from shared.domain.language.spanish_answers import in_english
from shared.domain.language.text import words
from shared.domain.language.yes_no import yes_or_no


class ConsentAnswer(StrEnum):
    """What the caller's words mean for the recording. UNCLEAR counts as no: nothing is recorded without a yes."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    UNCLEAR = "UNCLEAR"


NO = frozenset({ConsentAnswer.REFUSED, ConsentAnswer.WITHDRAWN})
"""After one of these nothing is recorded, and existing recordings are deleted."""

_DIGITS = {"1": ConsentAnswer.GRANTED, "2": ConsentAnswer.REFUSED, "9": ConsentAnswer.WITHDRAWN}


@dataclass(frozen=True)
class ConsentRecord:
    """One durable answer; `key` makes it idempotent within its call."""

    call_id: str
    key: str
    answer: ConsentAnswer
    policy_version: str
    text_hash: str
    """SHA-256 (hex) of the question, as it was spoken."""
    language: str
    utterance: str
    """The answer, as recognised. PII."""
    at: datetime


def interpret(utterance: str) -> ConsentAnswer:
    """The answer to "may I record?", in the caller's own words: GRANTED, REFUSED or UNCLEAR, never WITHDRAWN."""
    text = words(utterance)
    if withdraws(utterance) or KEPT_PRIVATE.search(text) or DECLINED.search(text):
        return ConsentAnswer.REFUSED
    allowed = PERMISSION.sub(" yes ", _ERRAND.sub(" errand ", _TAG.sub("", in_english(text))))
    match yes_or_no(allowed + "?" if utterance.rstrip().endswith("?") else allowed, _QUESTION):
        case True:
            # a polite word isn't a yes in a sentence that may have lost its end
            return ConsentAnswer.UNCLEAR if HALF_A_NO.search(text) else ConsentAnswer.GRANTED
        case False:
            return ConsentAnswer.REFUSED
        case None:
            return ConsentAnswer.UNCLEAR


_ERRAND = re.compile(
    r"\b(?:cancel|drop|delete|stop|forget|change|move|return)(?:ing)? (?:my|an?|the|our|that|this) "
    r"(?!(?:\w+ )?(?:record|tap|call\b|consent|permission))\w+"
)
"""What a caller wants cancelled that isn't the recording: neither a yes nor a no to it."""
_TAG = re.compile(r" (?:is|are|do|does|was)nt (?:it|they|he|she|you)$")
_QUESTION = (
    "may i record or tape, may this call be recorded or taped, a recording for quality and training purposes, with "
    "permission"
)
"""Any template asks so, more or less: its words may be repeated in a yes."""


def answer_of_digits(digits: str) -> ConsentAnswer:
    """The answer by key: 1 yes, 2 no, 9 withdrawn; UNCLEAR for any other input and for none."""
    return _DIGITS.get(digits.strip().rstrip("#"), ConsentAnswer.UNCLEAR)


def withdraws(utterance: str) -> bool:
    """Whether the caller wants the recording stopped, in any words and at any time (OP-79).

    When in doubt, yes; "don't stop recording" and a question about when it stops are no withdrawals.
    """
    text = words(utterance)
    return bool(WITHDRAWN.search(NO_WITHDRAWAL.sub(" ", text)))


def beyond_refusal(utterance: str) -> list[str]:
    """The words of a refusal that don't refuse: what the caller says besides."""
    text = words(utterance)
    for part in (WITHDRAWN, KEPT_PRIVATE, DECLINED, answers.FIRM_NO, answers.NO, PREAMBLE, answers.FILLER):
        text = part.sub(" ", text)
    return text.split()


def text_hash(text: str) -> str:
    """SHA-256 (hex) of the spoken question, as UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()
