"""Finds a person's name in an utterance, as in "my name is Maria"."""

import re

from lab.providers.wording import without_filler, words

_PARTICLES = words("de da van von der la del bin al st")
_NOT_NAMES = words(
    """i a an the and calling from here at just on in with not so very really trying looking sorry my your for about to
    back again
    god jesus lord sunday monday tuesday wednesday thursday friday saturday easter christmas catholic christian
    ok okay yes yeah yep no nope sure well um uh please thanks thank you it is that this"""
)
_STRONG = r"(?:my name is|my name's|my name should be|the name is|name is|name's|name to|call me|name should be|name,)"
_WEAK = r"(?:this is|i am|i'm|it is|it's|here is)"
_WORD = r"[^\W\d_][\w'’-]*"
_NAME_AFTER = re.compile(rf"\b({_STRONG}|{_WEAK})\s+((?:{_WORD}[ ]?){{1,4}})", re.I)
_INTRODUCTION = re.compile(rf"\b(?:(?:my|the) name(?: is|'s)|this is|i am|i'm)\s+(?={_WORD})", re.I)
_BEFORE_BARE = re.compile(r"^(?:(?:it's|it is|that's|that is|for|you can (?:say|call me|put)|from|under)\s+)+", re.I)


def name_in(said: str, *, bare: bool = False) -> str | None:
    """The name after "my name is" and the like; `bare`: also alone, as the answer to "who is calling?"."""
    for found in _NAME_AFTER.finditer(said):
        strong = re.fullmatch(_STRONG, found.group(1), re.I) is not None
        if name := _leading_name(found.group(2), capitals=not strong and not bare):
            return name
    if not bare:
        return None
    rest = _BEFORE_BARE.sub("", without_filler(said))
    rest = re.split(r"[,.;!?]|\s+[A-Z](?:[- ][A-Z])+\b", rest)[0]
    return _leading_name(rest, capitals=False) if 0 < len(rest.split()) <= 5 else None


def _leading_name(text: str, *, capitals: bool) -> str | None:
    taken: list[str] = []
    for word in text.split()[:4]:
        plain = word.strip("-'’")
        if plain.lower() in _NOT_NAMES or (capitals and not plain[:1].isupper() and plain.lower() not in _PARTICLES):
            break
        taken.append(plain if plain[:1].isupper() or plain.lower() in _PARTICLES else plain.capitalize())
    return " ".join(taken) or None


def without_introductions(said: str) -> str:
    """The utterance without "hello, this is Maria"; may be empty."""
    text = said
    for found in reversed(list(_INTRODUCTION.finditer(said))):
        after = re.split(r"[,.]", said[found.end() :])[0]
        name = _leading_name(after, capitals="name" not in found.group().lower())
        if name is not None:
            text = text[: found.start()] + text[found.end() + len(name) :].lstrip(" ,.")
    return without_filler(re.sub(r"\s+", " ", text).strip(" ,")) if text.strip(" ,.") else ""
