"""Terms that the recogniser is to expect in a call: names, which it would spell as common words."""

import re
from collections.abc import Iterable, Iterator

MOST_KEYTERMS = 60
"""Deepgram takes 500 tokens in all: these, of three words each at most, stay below."""
_MOST_WORDS = 3

_SENTENCE = re.compile(r"[^.!?]+")
_WORD = re.compile(r"[^\W_][\w'’&-]*")
_COMMON = re.compile(
    r"i|i'm|i'd|i'll|i've|ai|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july"
    r"|august|september|october|november|december|english|spanish",
    re.IGNORECASE,
)
"""Capitalised always: any recogniser knows them."""


def keyterms(names: Iterable[str], sentences: Iterable[str]) -> tuple[str, ...]:
    """`names` whole, then the names in `sentences`: words with a capital letter that begin no sentence; each once."""
    found = [" ".join(_WORD.findall(name)[:_MOST_WORDS]) for name in names]
    found += [name for sentence in sentences for name in _names_in(sentence)]
    once = {name.lower(): name for name in reversed(found) if name}
    return tuple(list(dict.fromkeys(once[name.lower()] for name in found if name))[:MOST_KEYTERMS])


def _names_in(text: str) -> Iterator[str]:
    for sentence in _SENTENCE.findall(text):
        run: list[str] = []
        for position, word in enumerate(_WORD.findall(sentence)):
            if position and word[0].isupper() and not _COMMON.fullmatch(word.replace("’", "'")):
                run.append(word)
                continue
            yield " ".join(run[:_MOST_WORDS])
            run = []
        yield " ".join(run[:_MOST_WORDS])
