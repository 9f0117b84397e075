"""Pending questions: what the caller's next utterance may answer, and the rules by which one begins and stops to pend.

A question pends until it is answered, declined or changed, or until the caller has spoken `PATIENCE` times without
answering it. Prompts ("Are you still there?"), requests to repeat, and interruptions leave it pending. Pure.
"""

import re
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.domain.call import Utterance
from shared.domain.language.text import words
from shared.domain.language.yes_no import declines

PATIENCE = {"consent": 3, "read_back": 3, "pin": 3, "slot": 2, "offer": 1}
"""By kind: in how many of the caller's turns after it was last asked a question may be answered."""

MOST_HEARINGS = 3
"""So many times a caller hears a read-back's question, unless they ask for it."""

Expected = Literal["phone", "name", "time", "address", "text"]


@dataclass(frozen=True)
class ConsentQuestion:
    """The agent asks whether the call may be recorded, and the caller hasn't answered."""

    text: str = ""
    """As the agent says it."""
    repeated: bool = False
    """Whether the agent has asked a second time for an answer that it couldn't interpret."""
    heard: bool = False
    """Whether the caller heard it to its end."""
    at_turn: int = 0
    hearings: int = 0
    """How many times the caller has heard it."""
    kind: Literal["consent"] = "consent"


@dataclass(frozen=True)
class ReadBack:
    """The agent repeats what a tool would write; code writes it when the caller says yes (PT-64)."""

    effect_id: str
    """Made for this read-back, by chance: the row's idempotency key, whichever process writes it."""
    tool: str
    """By this name the process that hears the yes finds what writes the row."""
    row_kind: str
    """`prayer`, `callback` …"""
    fields: dict[str, Any]
    """The row's, as the caller heard them: all that the tool needs to write it."""
    text: str
    """What the agent says."""
    at_turn: int
    """The caller's turn after which it was asked, or asked again."""
    heard: bool = False
    """Whether the caller heard all that it says of the row; the last words of its question may have been cut off."""
    hearings: int = 0
    """How many times the caller has heard it."""
    kind: Literal["read_back"] = "read_back"


@dataclass(frozen=True)
class PinQuestion:
    """The agent asks for the owner's PIN, by keys: what they have agreed to is done in their name (DU-54)."""

    agreed: ReadBack
    text: str
    at_turn: int = 0
    kind: Literal["pin"] = "pin"


@dataclass(frozen=True)
class SlotQuestion:
    """The model asks for something that it needs: a name, a number, what it is about."""

    expects: Expected
    text: str
    at_turn: int = 0
    kind: Literal["slot"] = "slot"


@dataclass(frozen=True)
class Offer:
    """The model asks something that a yes or a no answers."""

    text: str
    more: bool = False
    """It offers more help ("Is there anything else?"): a no is a goodbye."""
    at_turn: int = 0
    kind: Literal["offer"] = "offer"


PendingQuestion = Annotated[
    ConsentQuestion | ReadBack | PinQuestion | SlotQuestion | Offer, Field(discriminator="kind")
]
Questions = tuple[PendingQuestion, ...]
"""One of a kind, a slot and an offer counting as one kind; in the order in which they were last asked."""

_OF_THE_MODEL = ("slot", "offer")


def with_question(questions: Questions, new: PendingQuestion) -> Questions:
    """`new` takes the place of the pending one of its kind, and is the newest."""
    kinds = _OF_THE_MODEL if new.kind in _OF_THE_MODEL else (new.kind,)
    return (*without(questions, *kinds), new)


def without(questions: Questions, *kinds: str) -> Questions:
    return tuple(each for each in questions if each.kind not in kinds)


def after_caller(questions: Questions, utterance: str, turn: int) -> Questions:
    """What pends after the caller's turn of this number: what was declined, or wasn't answered for long, no longer."""
    pending = tuple(each for each in questions if turn - each.at_turn <= PATIENCE[each.kind])
    agreeable = next((each.text for each in pending if isinstance(each, ReadBack)), "")
    return without(pending, "read_back", "pin") if declines(utterance, agreeable) else pending


def after_agent(questions: Questions, spoken: Utterance, turn: int, prompt: bool) -> Questions:
    """What pends after the agent has said this, as far as the caller heard it. A `prompt` asks nothing of its own."""
    for each in questions:
        if isinstance(each, ConsentQuestion | ReadBack) and (heard := _heard_again(each, spoken)):
            return with_question(questions, replace(heard, at_turn=turn, hearings=each.hearings + 1))
    new = None if prompt else question_in(spoken.text, turn)
    return with_question(questions, new) if new else questions


def last_sentence(text: str) -> str:
    """Of a question of ours the part that asks; what stands before it informs."""
    return _SENTENCE_END.split(text.strip())[-1]


def informing(text: str) -> str:
    """A phrase without the question at its end; all of it where it is nothing but a question."""
    return text.removesuffix(last_sentence(text)).strip() if text.endswith("?") else text


def repeats(utterance: str, question: ReadBack) -> bool:
    """Whether the caller's words name what this question asks: "send it" for "Shall I send it?"."""
    named = set(words(last_sentence(question.text)).split()) - _COMMON
    return bool(named & set(words(utterance).split()))


def reminder(questions: Questions, reply: str, turn: int) -> str | None:
    """What the agent adds to the model's `reply`, so that a read-back isn't forgotten over what the caller asked.

    None where none pends, the caller hasn't spoken since, it was asked often enough, or the model asks something that
    it needs or the same itself.
    """
    pending = next((each for each in questions if isinstance(each, ReadBack)), None)
    if pending is None or not pending.heard or pending.at_turn == turn or pending.hearings >= MOST_HEARINGS:
        return None
    asks = last_sentence(pending.text)
    if isinstance(question_in(reply, turn), SlotQuestion) or words(asks) in words(reply):
        return None
    return f"And about your {pending.row_kind} request: {asks[0].lower()}{asks[1:]}"


def question_in(spoken: str, turn: int) -> SlotQuestion | Offer | None:
    """The question that an utterance of the model ends with. Asking for a repetition is none."""
    last = last_sentence(spoken)
    text = words(last)
    if not last.endswith("?") or _REPETITION.search(text):
        return None
    if _OPEN.search(text):
        return SlotQuestion(_expected(text), last, turn)
    return Offer(last, bool(MORE.search(text)), turn)


def _expected(text: str) -> Expected:
    for kind, pattern in _EXPECTED:
        if pattern.search(text):
            return kind
    return "text"


def _heard_again(question: ConsentQuestion | ReadBack, spoken: Utterance) -> ConsentQuestion | ReadBack | None:
    """The question as it is after such an utterance; None when the utterance doesn't ask it."""
    said, whole, ask = words(spoken.text), words(question.text), words(last_sentence(question.text))
    if not whole:
        return None
    informs = words(informing(question.text))
    to_the_end = not spoken.interrupted and said.endswith(whole)
    if to_the_end or (isinstance(question, ReadBack) and informs and informs in said):
        return replace(question, heard=True)
    return question if question.heard and not spoken.interrupted and said.endswith(ask) else None


_COMMON = frozenset(
    words("Shall I, should I, may I, can I do it? Is that this for the, to a, all you like, please").split()
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_REPETITION = re.compile(
    r"\b(?:say|repeat|tell me) (?:\w+ )?(?:it |that )?(?:once more|one more time|again)\b|\bcan you hear me\b"
    r"|\bare you (?:still )?there\b|\brepeat (?:that|it)\b"
)
MORE = re.compile(
    r"\b(?:any|some)thing (?:else|more|further|id|youd|you would|i can|that i can)\b|\bwhat else\b"
    r"|\bany (?:other|more|further) (?:questions?|help)\b|\bhelp you with\b"
)
_OPEN = re.compile(
    r"^(?:(?:and|so|thank you|thanks|okay|ok|of course|sure|well|now|then|sorry|please) )*"
    r"(?:whats?(?! else)|which|when|where|who|whom|whose|how|may i (?:have|take|ask|get)|can i (?:have|take|ask|get)"
    r"|could i (?:have|take|ask|get)|(?:could|can|would|will) you (?:please )?(?:tell|give|spell|say|leave))\b"
    r"|\b(?:may|can|could) i (?:have|take|get|ask for) your\b|\bwhats your\b|\bwhat is (?:your|the|it)\b"
)
_EXPECTED: tuple[tuple[Expected, re.Pattern[str]], ...] = (
    ("name", re.compile(r"\bnames?\b|\bwho (?:am i|is) (?:speaking|calling)\b|\bspeaking (?:to|with)\b")),
    ("phone", re.compile(r"\bnumber\b|\breach you\b|\bcall you (?:back )?(?:at|on)\b|\bdigit")),
    ("address", re.compile(r"\baddress\b|\bstreet\b|\bwhere do you live\b")),
    ("time", re.compile(r"\bwhen\b|\bwhat (?:time|day|date)\b|\bwhich (?:day|date)\b|\bhow (?:soon|late|early)\b")),
)
