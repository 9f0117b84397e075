"""Extracts a request's content from an utterance: "pray for my mother" becomes "my mother"."""

import re
from collections.abc import Sequence
from typing import Any

from lab.providers.names import without_introductions
from lab.providers.wording import words

_COMMON = words(
    """a an the i we you he she it they me us him her them my our your his its their this that these those who whom
    is am are was were be been being do does did have has had having can could would will should shall may might must
    to of in on at for from with about as by and or but if so please just also like love want need wish hope ask asking
    calling call say tell get give make take put keep add send submit leave someone somebody anyone everyone people
    everybody folks one church congregation there here some any i'd i'm i've we'd you'd could've would've let let's
    hello hey yes yeah okay ok um uh well thank thanks much very really today now up down out back list chain quick
    little possible kindly maybe perhaps guys all"""
)
"""Words that carry no content by themselves."""
_BACK_UP = words("a an the my our your his her its their this that these those some i he she it they we all who")
"""Words that belong to the content after them."""
_THAT = re.compile(r"^that (?=(?:a|all|he|her|his|i|it|my|our|she|the|their|they|we)\b)", re.I)
"""As in "pray that my daughter finds a job", not as in "that man"."""
_TAIL = re.compile(
    r"[\s,]*(?:\b(?:please|thank you(?: so much| very much)?|thanks|okay|ok|if you (?:can|could)|amen)\b[\s,.!?]*)+$",
    re.I,
)


def content_in(said: str, command: Sequence[str] = ()) -> str | None:
    """The caller's words without introduction, request ("could you pray for") and thanks; None if nothing is left.

    `command`: stems of the words that make up the request, see `command_words`.
    """
    text = without_introductions(said)
    clauses = [c for c in re.split(r"(?<=[.?!;,])\s+", text) if c.strip()]
    kept = [c for c in clauses if not _only_command(c, command)]
    if not kept:
        return None
    # a clause between two content clauses belongs to them
    first, last = clauses.index(kept[0]), len(clauses) - 1 - clauses[::-1].index(kept[-1])
    joined = _without_lead(" ".join(clauses[first : last + 1]), command)
    return _TAIL.sub("", joined).strip(" ,.;?!") or None


def _only_command(clause: str, command: Sequence[str]) -> bool:
    return all(_belongs(word, command) for word in re.findall(r"[\w'’]+", clause))


def _belongs(word: str, command: Sequence[str]) -> bool:
    plain = word.lower().replace("’", "'")
    return plain in _COMMON or stem(plain) in command


def _without_lead(text: str, command: Sequence[str]) -> str:
    found = list(re.finditer(r"[\w'’]+", text))
    first = next((i for i, word in enumerate(found) if not _belongs(word.group(), command)), None)
    if first is None:
        return text
    if not any(stem(word.group().lower()) in command for word in found[:first]) and first > 0:
        # it begins with no request, so only prepositions are cut
        lead = re.match(r"(?:(?:for|about|that|it's|it is|to)\s+)+", text, re.I)
        return text[lead.end() :] if lead else text
    while first > 0 and found[first - 1].group().lower() in _BACK_UP:
        first -= 1
    return _THAT.sub("", text[found[first].start() :])


def stem(word: str) -> str:
    """A crude stem, so that "prayers", "praying" and "pray" are equal."""
    for ending in ("ings", "ing", "ers", "er", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def command_words(intent: dict[str, Any]) -> list[str]:
    """Stems of the words that make up an intent's request: from its names and questions, and shared by its examples."""
    texts = [intent["name"], intent.get("tool", ""), *(slot.get("ask") or "" for slot in intent.get("slots", []))]
    own = {stem(word) for text in texts for word in re.findall(r"[a-z']+", text.lower().replace("_", " "))}
    examples = [{stem(w) for w in re.findall(r"[a-z']+", example.lower())} for example in intent["examples"]]
    own |= {word for one in examples for word in one if sum(word in other for other in examples) > 1}
    return sorted(own - {"name", "number"})
