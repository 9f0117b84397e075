"""Normalises text: a recogniser's transcript for comparison, a model's output for speech."""

import re
import unicodedata


def words(utterance: str) -> str:
    """The bare words of an utterance: lower case, single blanks, no punctuation and no apostrophes (`dont`)."""
    text = re.sub(r"['’‘`´]", "", utterance.lower())
    return " ".join(re.findall(r"[^\W_]+", text))


def vocabulary(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def speakable(text: str) -> str:
    """Drops what can neither be spoken nor stored: controls, NUL, lone surrogates, invisible marks."""
    kinds = ((c, unicodedata.category(c)) for c in text)
    return "".join("" if kind == "Cf" else " " if kind[0] == "C" else c for c, kind in kinds)
