"""Decides what code answers before the model sees an utterance: danger, consent, its withdrawal, a yes to a read-back.

Pure: from the utterance and the conversation (PT-64, PT-69); the call acts on what is returned.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from shared.domain.conversation import Conversation
from shared.domain.language.consent import ConsentAnswer, beyond_refusal, interpret, withdraws
from shared.domain.language.machines import is_automatic
from shared.domain.language.safety import Danger, assess, weightier
from shared.domain.language.secrets import asks_besides, kinds_in
from shared.domain.language.yes_no import confirms, is_bare, may_answer
from shared.domain.questions import ConsentQuestion, ReadBack, repeats

_CLAUSES = re.compile(r"(?<=[.,;!?])\s+")
"""A recogniser may write a comma for a full stop."""
_OF_THE_RECORDING = re.compile(r"\bit\W*$|\brecord", re.IGNORECASE)
"""'… could we go on without it?' asks for nothing else."""
_WISH = re.compile(
    r"\bi(?:'m| am| was)? (?:calling|looking|trying|wondering|hoping)\b|\bi(?:'d| would) (?:like|love)\b"
    r"|\bi (?:just )?(?:want|wanted|need|needed)\b",
    re.IGNORECASE,
)
_MUMBLE_WORDS = 3
"""An answer this short that can't be interpreted was misrecognised: the agent asks for it once more."""
_PRESENT_WORDS = 5
"""To "Are you still there?" a caller answers with about so many words at most."""


class Kind(StrEnum):
    EMERGENCY = "emergency"
    CRISIS = "crisis"
    THREAT = "threat"
    ABUSE = "abuse"
    MACHINE = "machine"
    """An announcement, a menu or a mailbox, and no person."""
    RECORDING_STOPPED = "recording_stopped"
    CONSENT = "consent"
    CONFIRMED = "confirmed"
    """A yes to the pending read-back: code carries its effect out."""
    ASK_AGAIN = "ask_again"
    """A yes to a question that the caller hasn't heard, or that may have been meant for another one."""
    UNCLEAR = "unclear"
    SECRET = "secret"
    """A number that the caller should keep to themselves: it has been masked."""


@dataclass(frozen=True)
class Interception:
    """`kinds` in the order of their weight; `answers_all` False when the model should answer the rest."""

    kinds: tuple[Kind, ...]
    words: tuple[str, ...] = ()
    consent: ConsentAnswer | None = None
    answers_all: bool = True
    language: Literal["en", "es"] = "en"
    """Of the caller, where there is danger."""


def intercept(utterance: str, conversation: Conversation, opinion: bool | None = None) -> Interception | None:
    """What code answers of this utterance, or None when the model answers all of it.

    The utterance may be in `conversation` already, or not yet. `opinion`: whether the model takes it for a yes or a no
    to the question of `unsure_of`. It may refuse a recording and confirm a read-back, and never allows a recording.
    """
    safety, whole = assess(utterance), _whole(utterance, conversation)
    if whole != utterance:
        # half of a cry for help may be harmless, or sound like abuse
        safety = weightier(safety, assess(whole))
    if safety.dangers:
        kinds = tuple(Kind(danger.value) for danger in Danger if danger in safety.dangers)
        return Interception(kinds, words=safety.words, language=safety.language)
    about_recording = withdraws(utterance) or (
        conversation.consent_question and interpret(utterance) is not ConsentAnswer.UNCLEAR
    )
    if kinds_in(utterance) and not about_recording:
        return Interception((Kind.SECRET,), answers_all=not asks_besides(utterance))
    if not conversation.crisis and is_automatic(utterance, _earlier(utterance, conversation)):
        return Interception((Kind.MACHINE,))
    if question := conversation.consent_question:
        return _answer_to(question, utterance, whole, conversation, opinion)
    # a withdrawal that was complete before this utterance has been answered
    if withdraws(utterance) or (withdraws(whole) and not withdraws(whole.removesuffix(utterance))):
        return Interception((Kind.RECORDING_STOPPED,), answers_all=not _asks_more(utterance))
    read_back = conversation.read_back
    if read_back and (opinion or _agrees(utterance, read_back, conversation)):
        return Interception((Kind.CONFIRMED if read_back.heard else Kind.ASK_AGAIN,))
    return None


def dangerous(found: Interception) -> bool:
    """Whether the caller is in danger, or threatens with it."""
    return found.kinds[0] in (Kind.EMERGENCY, Kind.CRISIS, Kind.THREAT)


def unsure_of(utterance: str, conversation: Conversation) -> ConsentQuestion | ReadBack | None:
    """The question that this may answer in words which code can't read, where nothing else is to be done about it."""
    question = conversation.question
    if not isinstance(question, ConsentQuestion | ReadBack) or not question.heard or conversation.prompted:
        return None
    found = intercept(utterance, conversation)
    undecided = found is None or found.consent is ConsentAnswer.UNCLEAR
    return question if undecided and may_answer(utterance) and not _WISH.search(utterance) else None


def _earlier(utterance: str, conversation: Conversation) -> list[str]:
    """The caller's utterances before this one."""
    said = [each.text for each in conversation.history if each.speaker == "caller"]
    return said[:-1] if conversation.unanswered.endswith(utterance) else said


def _whole(utterance: str, conversation: Conversation) -> str:
    """The utterance after what the caller said since the agent last spoke: a pause cuts a sentence in two."""
    earlier = conversation.unanswered
    if not earlier or earlier.endswith(utterance):
        return earlier or utterance
    return f"{earlier} {utterance}"


def _answer_to(
    question: ConsentQuestion, utterance: str, whole: str, conversation: Conversation, opinion: bool | None
) -> Interception:
    answer, words = interpret(utterance), len(utterance.split())
    if answer is ConsentAnswer.UNCLEAR and (opinion is False or interpret(whole) is ConsentAnswer.REFUSED):
        # half a no is completed by its other half; a yes isn't pieced together
        answer = ConsentAnswer.REFUSED
    if answer is ConsentAnswer.REFUSED:
        return Interception((Kind.CONSENT,), consent=answer, answers_all=not _asks_more(utterance))
    if answer is ConsentAnswer.GRANTED:
        meant = question.heard and not (conversation.prompted and is_bare(utterance))
    else:
        meant = not (conversation.prompted and words <= _PRESENT_WORDS)
    if not meant and not question.repeated:
        return Interception((Kind.ASK_AGAIN,))
    if answer is ConsentAnswer.GRANTED and meant:
        return Interception((Kind.CONSENT,), consent=answer)
    if words <= _MUMBLE_WORDS and not question.repeated:
        return Interception((Kind.UNCLEAR,))
    return Interception((Kind.CONSENT,), consent=ConsentAnswer.UNCLEAR, answers_all=False)


def _agrees(utterance: str, read_back: ReadBack, conversation: Conversation) -> bool:
    """Whether it says yes to this: to a newer question of the model a bare yes is meant for that."""
    newest = conversation.question == read_back
    return confirms(utterance, read_back.text) and (newest or repeats(utterance, read_back))


def _asks_more(utterance: str) -> bool:
    """Whether a caller who refuses a recording says more: asks or wishes something before it, or anything after it."""
    *before, last = _CLAUSES.split(utterance.strip())
    if not before:
        return len(beyond_refusal(utterance)) > _MUMBLE_WORDS
    more = [clause for clause in before if clause.endswith("?") or _WISH.search(clause)]
    return any(
        len(clause.split()) > _MUMBLE_WORDS
        and interpret(clause) is not ConsentAnswer.REFUSED
        and not _OF_THE_RECORDING.search(clause)
        for clause in (*more, last)
    )
