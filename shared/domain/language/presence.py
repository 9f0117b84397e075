"""Recognises a caller who asks whether anybody is there, and nothing else (PT-68)."""

import re

from shared.domain.language.text import without_accents, words

STILL_HERE = "Yes, I'm still here. One moment, please."

_ASKS = re.compile(
    r"(?:(?:are|is|r) (?:you|u|anyone|anybody|someone|somebody) (?:all )?(?:still )?(?:there|here|on|with me|listening)"
    r"|(?:you|anyone|anybody) (?:still )?(?:there|here|with me)"
    r"|(?:can|do|could) (?:you|anyone|anybody) (?:still )?hear me"
    r"|(?:did|have|has) (?:i|we|you|the line) (?:lose|lost|get cut off|gotten? cut off|been cut off|hung up|hang up|go"
    r"|gone)(?: (?:you|me|dead|away))?"
    r"|(?:is|has) (?:the|this) (?:line|call|phone) (?:still (?:open|on|there)|dead|gone dead|dropped)"
    r"|whats (?:happening|going on)|what is (?:happening|going on)"
    r"|(?:sigues|sigue|estas|esta) (?:ahi|alli)|hay alguien(?: ahi)?|me (?:oyes|oye|escuchas|escucha)|bueno)"
)
_GREETS = re.compile(r"(?:hello|hallo|hi|hey|hola|yo)")
_AROUND = re.compile(r"\b(?:um|uh|er|so|sorry|excuse me|please|now|okay|ok|oh|and|miss|maam|sir|again|there)\b")


def asks_presence(utterance: str) -> bool:
    """Whether all that the caller says is "Are you there?", or "Hello?" into the silence."""
    text = without_accents(words(utterance))
    rest, found = _ASKS.subn(" ", text)
    rest, greeted = _GREETS.subn(" ", rest) if found or len(text.split()) <= 3 else (rest, 0)
    return found + greeted > 0 and not _AROUND.sub(" ", rest).split()
