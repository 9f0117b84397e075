"""Normalises text: a recogniser's transcript for comparison, a model's output for speech."""

import re
import unicodedata


def words(utterance: str) -> str:
    """The bare words of an utterance: lower case, single blanks, no punctuation and no apostrophes (`dont`)."""
    text = re.sub(r"['’‘`´]", "", unicodedata.normalize("NFC", utterance).lower())
    return " ".join(re.findall(r"[^\W_]+", text))


def without_accents(text: str) -> str:
    """The letters alone, as a recogniser may leave accents out (`esta` for `está`)."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def vocabulary(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def sound_of(text: str) -> str:
    """The words of a text as they sound: "José, 3 p.m." and "Jose, 3:00 PM" are the same."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    plain = _FULL_HOUR.sub(r"\1", plain.replace("&", " and "))
    spelled = " ".join(_SPELLED.get(word, word) for word in words(plain).split())
    return _HALF_OF_DAY.sub(r" \1m", spelled)


_FULL_HOUR = re.compile(r"\b(\d{1,2})(?:[:.]00| o['’]?clock)\b")
_HALF_OF_DAY = re.compile(r"(?<=\d) ?([ap]) ?m\b")
_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_SPELLED = {word: str(number) for number, word in enumerate(_NUMBERS)} | {
    "mister": "mr",
    "doctor": "dr",
    "saint": "st",
    "street": "st",
    "okay": "ok",
    "noon": "12 pm",
}


def speakable(text: str) -> str:
    """Drops what can neither be spoken nor stored: controls, NUL, lone surrogates, invisible marks."""
    kinds = ((c, unicodedata.category(c)) for c in text)
    return "".join("" if kind == "Cf" else " " if kind[0] == "C" else c for c, kind in kinds)
