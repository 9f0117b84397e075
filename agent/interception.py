"""What code answers before any model sees it: safety, consent, withdrawal (PT-69). A policy returns, the call acts."""

from dataclasses import dataclass
from enum import StrEnum

from shared.domain.safety import Danger, assess

from agent.state import CallState
from shared.domain.consent import ConsentAnswer, interpret, withdraws

_SHORT_ANSWER_WORDS = 9
"""An answer to the consent question that is longer also asks something: the model answers that part."""


class Kind(StrEnum):
    CRISIS = "crisis"
    THREAT = "threat"
    ABUSE = "abuse"
    RECORDING_STOPPED = "recording_stopped"
    CONSENT = "consent"


@dataclass(frozen=True)
class Interception:
    """`kinds` in the order of their weight; `answers_all` False when the model should answer the rest."""

    kinds: tuple[Kind, ...]
    words: tuple[str, ...] = ()
    consent: ConsentAnswer | None = None
    answers_all: bool = True


def intercept(utterance: str, state: CallState) -> Interception | None:
    """What this utterance means to code, or None when it is the model's to answer."""
    safety = assess(utterance)
    if safety.dangers:
        order = ((Danger.CRISIS, Kind.CRISIS), (Danger.THREAT, Kind.THREAT), (Danger.ABUSE, Kind.ABUSE))
        kinds = tuple(kind for danger, kind in order if danger in safety.dangers)
        return Interception(kinds, words=safety.words)
    if withdraws(utterance):
        return Interception((Kind.RECORDING_STOPPED,))
    if state.consent_pending:
        answer = interpret(utterance)
        answers_all = answer is not ConsentAnswer.UNCLEAR and len(utterance.split()) <= _SHORT_ANSWER_WORDS
        return Interception((Kind.CONSENT,), consent=answer, answers_all=answers_all)
    return None
