"""Consent to recording: what is asked, what an answer means, and the proof that is kept (OP-77 … OP-85)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ConsentAnswer(StrEnum):
    """What the caller's words mean for the recording. UNCLEAR counts as no: nothing is recorded without a yes."""

    GRANTED = "GRANTED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    UNCLEAR = "UNCLEAR"


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
