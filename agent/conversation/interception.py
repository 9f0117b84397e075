"""What code answers before any model sees it: safety, consent, withdrawal (PT-69). A policy returns, the call acts."""

import re
from dataclasses import dataclass
from enum import StrEnum

from agent.conversation.state import CallState
from shared.domain.language.consent import ConsentAnswer, interpret, withdraws
from shared.domain.language.safety import Danger, assess

_CLAUSES = re.compile(r"(?<=[.,;!?])\s+")
"""A recogniser may hear a comma for a full stop."""
_OF_THE_RECORDING = re.compile(r"\bit\W*$|\brecord", re.IGNORECASE)
"""'… could we go on without it?' asks for nothing else."""

_SHORT_ANSWER_WORDS = 9
"""An answer to the consent question that is longer also asks something: the model answers that part."""


_MUMBLE_WORDS = 3
"""An answer this short that can't be read was misheard rather than meant otherwise: it is asked for once more."""


class Kind(StrEnum):
    CRISIS = "crisis"
    THREAT = "threat"
    ABUSE = "abuse"
    RECORDING_STOPPED = "recording_stopped"
    CONSENT = "consent"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Interception:
    """`kinds` in the order of their weight; `answers_all` False when the model should answer the rest."""

    kinds: tuple[Kind, ...]
    words: tuple[str, ...] = ()
    consent: ConsentAnswer | None = None
    answers_all: bool = True


def intercept(utterance: str, state: CallState) -> Interception | None:
    """What this utterance means to code, or None when it is the model's to answer."""
    safety, whole = assess(utterance), _whole(utterance, state)
    if not safety.dangers and whole != utterance:
        safety = assess(whole)
    if safety.dangers:
        order = ((Danger.CRISIS, Kind.CRISIS), (Danger.THREAT, Kind.THREAT), (Danger.ABUSE, Kind.ABUSE))
        kinds = tuple(kind for danger, kind in order if danger in safety.dangers)
        return Interception(kinds, words=safety.words)
    if state.consent_pending:
        return _answer_of(utterance, whole, state)
    # what was said before it and was one by itself has been answered
    if withdraws(utterance) or (withdraws(whole) and not withdraws(whole.removesuffix(utterance))):
        return Interception((Kind.RECORDING_STOPPED,), answers_all=not _asks_more(utterance))
    return None


def _whole(utterance: str, state: CallState) -> str:
    """With what was said since the agent last spoke: a pause cuts a sentence in two."""
    if not state.unanswered or state.unanswered.endswith(utterance):
        return state.unanswered or utterance
    return f"{state.unanswered} {utterance}"


def _answer_of(utterance: str, whole: str, state: CallState) -> Interception:
    answer, words = interpret(utterance), len(utterance.split())
    if answer is ConsentAnswer.UNCLEAR and interpret(whole) is ConsentAnswer.REFUSED:
        # half a no is known by its other half; a yes isn't pieced together
        answer = ConsentAnswer.REFUSED
    if answer is ConsentAnswer.GRANTED and not _asked_last(state):
        return Interception((Kind.CONSENT,), consent=ConsentAnswer.UNCLEAR, answers_all=False)
    if answer is ConsentAnswer.UNCLEAR:
        if words <= _MUMBLE_WORDS and not state.consent_asked_again:
            return Interception((Kind.UNCLEAR,))
        return Interception((Kind.CONSENT,), consent=answer, answers_all=False)
    return Interception((Kind.CONSENT,), consent=answer, answers_all=words <= _SHORT_ANSWER_WORDS)


def _asks_more(utterance: str) -> bool:
    """Whether a withdrawal isn't all that was said: a question comes with it, or anything after it."""
    *before, last = _CLAUSES.split(utterance.strip())
    asked = [clause for clause in before if clause.endswith("?")]
    return any(
        len(clause.split()) > _MUMBLE_WORDS and not withdraws(clause) and not _OF_THE_RECORDING.search(clause)
        for clause in (*asked, last)
    )


def _asked_last(state: CallState) -> bool:
    """Whether a yes is meant for the recording: not when the question was cut short, or another one came after it."""
    newest = next((line for line in reversed(state.transcript.utterances) if line.speaker == "agent"), None)
    if newest is None:
        return False
    phrases = state.template.phrases
    cut_short = newest.interrupted and newest.text == state.text(phrases.consent)
    return not cut_short and newest.text not in {state.text(line) for line in phrases.still_there}
