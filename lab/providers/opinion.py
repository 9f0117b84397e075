"""The scripted model's opinion, where it is asked to classify an answer: a yes, a no, or neither."""

import re
from typing import Any

from lab.providers import wording
from lab.providers.chat import text_of

_REQUEST = re.compile(r"\bClassify their answer\b")
_ANSWER = re.compile(r"^Answer: (.*)$", re.M | re.S)
_YES = re.compile(
    r"\b(?:nail on the head|that's the ticket|music to my ears|couldn't be (?:righter|better|clearer)|by the book"
    r"|right as rain|fire away|have at it|works like a charm|to a t|you read my mind|I'm on board|count me in)\b",
    re.I,
)
_NO = re.compile(
    r"\b(?:bridge too far|over my dead body|not in a million years|hard pass|when pigs fly|count me out|no dice"
    r"|not on your life|fat chance|way off|barking up the wrong tree)\b",
    re.I,
)
_OPEN = re.compile(r"\b(?:if|but|unless|until|except|maybe|first|before|after)\b|\?", re.I)


def opinion(messages: tuple[dict[str, Any], ...]) -> str | None:
    """`yes`, `no` or `unclear`; None where the request asks for no opinion."""
    if not messages or not _REQUEST.search(text_of(messages[0])):
        return None
    found = _ANSWER.search(text_of(messages[-1]))
    said = found[1].strip() if found else ""
    if _NO.search(said) or wording.is_no(said):
        return "no"
    if _OPEN.search(said):
        return "unclear"
    return "yes" if _YES.search(said) or (wording.is_yes(said) and wording.is_bare(said)) else "unclear"
