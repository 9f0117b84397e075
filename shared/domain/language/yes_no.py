"""Reads the answer to a yes-or-no question, in a caller's own words as transcribed.

Only an utterance that is an answer counts: words of yes or no, fillers, politeness, and a repeat of what was asked.
Whatever else the caller says with a yes makes it unclear, and is then handled for what it says.
"""

import re

from shared.domain.language import yes_no_patterns as patterns
from shared.domain.language.farewell import LEAVE, farewell
from shared.domain.language.spanish_answers import in_english
from shared.domain.language.text import words

_NAMED = re.compile(r"\b(?:name|number) is(?= \w)")
"""Leads to a repeat of what was read back: "yes, my name is Daniel"."""
_LITTLE = 3
"""The most words of its own that may stand beside a "no" in the middle of an utterance."""
_QUESTION = re.compile(
    r"(?:(?:and|so|but|well|um+|uh+|oh|hi|hello|yes|yeah|okay|ok) )*(?:what|when|where|who|which|how|why|is|are|do"
    r"|does|did|was"
    r"|can|could|will|would|huh|hello|sorry)\b"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_DROPS = re.compile(r"\b(?:cancel|drop|delete|erase|stop)(?= (?:it|that|this|the|your|order)\b)")
"""Deeds that a question may ask about, and that drop the matter where it doesn't."""
_NOT_BEFORE = re.compile(r"\b(?:dont|do not|not|never)(?: \w+)? $")
_UNSURE_WORDS = 14
"""A longer utterance is no answer in unusual words: it says something of its own."""


def yes_or_no(utterance: str, question: str = "") -> bool | None:
    """True for a yes, False for a no or a correction, None when it is neither, both, or about something else.

    `question` is what was asked: its words may be repeated in a yes.
    """
    text = patterns.POLITE.sub(" ", in_english(words(utterance)))
    if patterns.HESITANT.search(text):
        return None
    text, cancelled = _cancelled(text, question)
    text, idiomatic = patterns.IDIOMATIC_YES.subn(" ", text)
    text, firm_no = patterns.FIRM_NO.subn(" ", text)
    firm_no += cancelled
    leading = bool(patterns.LEADING_NO.match(text))
    agreeing = bool(patterns.LEADING_NO.match(patterns.YES.sub(" ", text).strip()))
    # the reason behind "yes, you may" was taken out, what is left of a no isn't a yes
    text, firm_yes = patterns.FIRM_YES.subn(" ", text if firm_no else text.rstrip())
    text, yes = patterns.YES.subn(" ", text)
    clear_yes = idiomatic + firm_yes + yes
    if firm_no:
        return None if idiomatic or (firm_yes and not leading) else False
    text, no = patterns.NO.subn(" ", text)
    own = _own_words(text, question)
    if no:
        # "no, that's right" and "no, go ahead" are a yes to the question
        if agreeing and idiomatic + firm_yes:
            return None if own or _asks(utterance) else True
        if clear_yes:
            return None
        return False if leading or len(own) <= _LITTLE else None
    if own or (_asks(utterance) and not idiomatic) or patterns.NEGATED.search(text):
        return None
    return True if clear_yes or patterns.SOFT_YES.search(text) else None


def confirms(utterance: str, question: str = "") -> bool:
    """Whether it is a yes to exactly what the agent read back: it changes, adds and asks nothing.

    "Okay, thank you, goodbye" takes leave and says yes to nothing; "yes, thank you, goodbye" does both.
    """
    if not farewell(utterance):
        return yes_or_no(utterance, question) is True
    text = words(utterance)
    if yes_or_no(utterance) is False:
        return False
    said = patterns.YES.search(text) or patterns.FIRM_YES.search(text)
    return bool(said) and yes_or_no(LEAVE.sub(" ", text), question) is True


def is_bare(utterance: str) -> bool:
    """Whether a yes is nothing but "yes" or the like: to which of two questions can't be known."""
    text = words(utterance)
    return not (patterns.FIRM_YES.search(text) or patterns.IDIOMATIC_YES.search(text) or "record" in text)


def declines(utterance: str, question: str = "") -> bool:
    """Whether the caller wants what was asked dropped: a no, or "forget that", whatever they say besides."""
    text = words(utterance)
    if patterns.HESITANT.search(text):
        return False
    return bool(_cancelled(text, question)[1]) or yes_or_no(utterance, question) is False


def may_answer(utterance: str) -> bool:
    """Whether an utterance that isn't clearly a yes or a no may be one in unusual words: worth a second opinion."""
    text = words(utterance)
    asks = _asks(utterance) or _QUESTION.match(text)
    hesitates = patterns.HESITANT.search(text)
    return 0 < len(text.split()) <= _UNSURE_WORDS and not asks and not hesitates and yes_or_no(utterance) is None


def _cancelled(text: str, question: str) -> tuple[str, int]:
    """The text without what drops the matter, and how often it does. To "Shall I cancel your order?" a caller who says
    "cancel it" agrees, and one who says "don't cancel it" doesn't."""
    asks = _SENTENCE_END.split(question.strip())[-1]
    if not (asked_for := _DROPS.search(words(asks))):
        return patterns.CANCELS.subn(" ", text)
    deed, dropped = asked_for.group(), 0

    def kept(found: re.Match[str]) -> str:
        nonlocal dropped
        if not found.group().startswith(deed):
            dropped += 1
            return " "
        if _NOT_BEFORE.search(text[: found.start()]):
            dropped += 1
        return "yes" if found.group() == text else found.group()

    return patterns.CANCELS.sub(kept, text), dropped


def _own_words(text: str, question: str) -> list[str]:
    """The words that neither answer, nor fill, nor repeat the question."""
    if question:
        text = _NAMED.sub(" ", text)
    rest = patterns.FILLER.sub(" ", patterns.SOFT_YES.sub(" ", text)).split()
    repeated = set(words(question).split()) - patterns.NEVER_REPEATED
    return [word for word in rest if word not in repeated]


def _asks(utterance: str) -> bool:
    return utterance.rstrip().endswith("?")
