"""Whom a message is for and what it says, in a caller's sentence. Pure."""

import re
from dataclasses import dataclass

from shared.domain.language.text import vocabulary, words

_NAME = r"((?:my |the )?[\w'’-]+(?: (?!that\b|to\b|saying\b|i\b|we\b|he\b|she\b|know\b)[A-Z][\w'’-]+)?)"
_SAYS = r"(?:[,:]?\s*(?:saying(?: that)?|that says|which says|and (?:say|tell (?:him|her|them))(?: that)?|that|:|,)\s+)"
_MESSAGE = (
    re.compile(rf"\blet {_NAME} know{_SAYS}?\s*(.+)", re.I),
    re.compile(
        rf"\b(?:send|write|text|drop|shoot)\s+(?:an? |the )?"
        rf"(?:(?:quick |short )?(?:message|text|note|line) )?(?:to )?{_NAME}"
        rf"(?: an? (?:quick |short )?(?:message|text|note|line))?{_SAYS}(.+)",
        re.I,
    ),
    re.compile(rf"\b(?:message|text|tell|answer|reply to)\s+{_NAME}{_SAYS}?\s*(.+)", re.I),
)
_NOTE = re.compile(
    r"^(?:(?:please|can you|could you|would you|hey|okay|um|so)[\s,]+)*(?:"
    r"(?:make|take|write|jot|add|keep|save)(?: down| me)?"
    r"(?: (?:a|this|the))?(?: new| quick)? ?(?:note|notes)?(?: down)?|note(?: down)?|remember|for my notes)"
    r"(?:\s*[:,]\s*|\s+(?:that|of|about|saying|to say|for me|for later)\b[\s:,]*|\s+)",
    re.I,
)
_QUESTION = re.compile(
    r"\b(?:what|where|when|who|which|did|do|does|i|me|my|notes?|noted?|say|said|tell|told|about|find|search|look|up|for"
    r"|recall|remember|wrote|write|down|have|any|anything|the|a|an|in|is|was|were|are|to|can|you|please|on|of)\b",
    re.I,
)
_NOTHING = vocabulary("a the note notes this that it something down")


@dataclass(frozen=True)
class Message:
    to: str
    text: str


def message_in(said: str) -> Message | None:
    """As it is to be sent, word for word."""
    plain = " ".join(said.replace("’", "'").split())
    for pattern in _MESSAGE:
        if found := pattern.search(plain):
            return Message(_capital(found[1].strip()), _capital(found[2].strip(' "“”')))
    return None


def note_in(said: str) -> str | None:
    """What is to be kept, without the words that command it."""
    plain = " ".join(said.split())
    note = _NOTE.sub("", plain, count=1).strip(" .,")
    return _capital(note) if set(words(note).split()) - _NOTHING else None


def question_in(said: str) -> str:
    """The words to look for."""
    return " ".join(re.findall(r"[\w'’-]+", _QUESTION.sub(" ", said)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
