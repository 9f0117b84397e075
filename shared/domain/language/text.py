"""What a speech recogniser wrote down, made comparable, and what a model wrote, made speakable."""

import re
import unicodedata


def words(utterance: str) -> str:
    """What was said without the writing: lower case, single blanks, no punctuation and no apostrophes (`dont`)."""
    text = re.sub(r"['’‘`´]", "", utterance.lower())
    return " ".join(re.findall(r"[^\W_]+", text))


def speakable(text: str) -> str:
    """Without what can neither be spoken nor stored: controls, NUL, lone surrogates, and marks that don't show."""
    kinds = ((c, unicodedata.category(c)) for c in text)
    return "".join("" if kind == "Cf" else " " if kind[0] == "C" else c for c, kind in kinds)
