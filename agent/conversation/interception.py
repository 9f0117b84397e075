"""Decides what code answers before the model sees an utterance: danger, consent, withdrawal of it (PT-69).

Pure: from the utterance, the conversation and the template's phrases; the call acts on what is returned.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.conversation import ConsentQuestion, Conversation
from shared.domain.language.consent import ConsentAnswer, interpret, withdraws
from shared.domain.language.safety import Danger, assess
from shared.domain.template import Phrases

_CLAUSES = re.compile(r"(?<=[.,;!?])\s+")
"""A recogniser may write a comma for a full stop."""
_OF_THE_RECORDING = re.compile(r"\bit\W*$|\brecord", re.IGNORECASE)
"""'… could we go on without it?' asks for nothing else."""

_SHORT_ANSWER_WORDS = 9
"""A longer answer to the consent question contains a request too: the model answers that part."""


_MUMBLE_WORDS = 3
"""An answer this short that can't be interpreted was misrecognised: the agent asks for it once more."""


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


def intercept(utterance: str, conversation: Conversation, phrases: Phrases) -> Interception | None:
    """What code answers of this utterance, or None when the model answers all of it.

    `phrases` have the tenant's facts filled in. The utterance may be in `conversation` already, or not yet.
    """
    safety, whole = assess(utterance), _whole(utterance, conversation)
    if not safety.dangers and whole != utterance:
        safety = assess(whole)
    if safety.dangers:
        order = ((Danger.CRISIS, Kind.CRISIS), (Danger.THREAT, Kind.THREAT), (Danger.ABUSE, Kind.ABUSE))
        kinds = tuple(kind for danger, kind in order if danger in safety.dangers)
        return Interception(kinds, words=safety.words)
    if question := conversation.consent_question:
        return _answer_to(question, utterance, whole, conversation, phrases)
    # a withdrawal that was complete before this utterance has been answered
    if withdraws(utterance) or (withdraws(whole) and not withdraws(whole.removesuffix(utterance))):
        return Interception((Kind.RECORDING_STOPPED,), answers_all=not _asks_more(utterance))
    return None


def _whole(utterance: str, conversation: Conversation) -> str:
    """The utterance after what the caller said since the agent last spoke: a pause cuts a sentence in two."""
    earlier = conversation.unanswered
    if not earlier or earlier.endswith(utterance):
        return earlier or utterance
    return f"{earlier} {utterance}"


def _answer_to(
    question: ConsentQuestion, utterance: str, whole: str, conversation: Conversation, phrases: Phrases
) -> Interception:
    answer, words = interpret(utterance), len(utterance.split())
    if answer is ConsentAnswer.UNCLEAR and interpret(whole) is ConsentAnswer.REFUSED:
        # half a no is completed by its other half; a yes isn't pieced together
        answer = ConsentAnswer.REFUSED
    if answer is ConsentAnswer.GRANTED and not _answers_consent_question(conversation, phrases):
        return Interception((Kind.CONSENT,), consent=ConsentAnswer.UNCLEAR, answers_all=False)
    if answer is ConsentAnswer.UNCLEAR:
        if words <= _MUMBLE_WORDS and not question.repeated:
            return Interception((Kind.UNCLEAR,))
        return Interception((Kind.CONSENT,), consent=answer, answers_all=False)
    return Interception((Kind.CONSENT,), consent=answer, answers_all=words <= _SHORT_ANSWER_WORDS)


def _asks_more(utterance: str) -> bool:
    """Whether a caller who withdraws consent says more: a question before it, or anything after it."""
    *before, last = _CLAUSES.split(utterance.strip())
    questions = [clause for clause in before if clause.endswith("?")]
    return any(
        len(clause.split()) > _MUMBLE_WORDS and not withdraws(clause) and not _OF_THE_RECORDING.search(clause)
        for clause in (*questions, last)
    )


def _answers_consent_question(conversation: Conversation, phrases: Phrases) -> bool:
    """Whether a yes is meant for the recording: not when the question was cut short, or another one came after it."""
    newest = conversation.newest_of_agent
    if newest is None:
        return False
    cut_short = newest.interrupted and newest.text == phrases.consent
    return not cut_short and newest.text not in phrases.still_there
