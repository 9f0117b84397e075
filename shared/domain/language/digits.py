"""Reads runs of digits out of text, written in any script or spoken in words: `two zero six`, `double five`, `２０６`.

Each run knows where it stands, so that it can be read as a number or masked in place.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_UNITS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
    "oh": "0", "o": "0", "nought": "0", "naught": "0", "aught": "0", "nil": "0",
    "cero": "0", "uno": "1", "una": "1", "dos": "2", "tres": "3", "cuatro": "4",
    "cinco": "5", "seis": "6", "siete": "7", "ocho": "8", "nueve": "9",
}  # fmt: skip
_PLURALS = {
    "zeros": "0", "zeroes": "0", "ohs": "0", "ones": "1", "twos": "2", "threes": "3", "fours": "4",
    "fives": "5", "sixes": "6", "sevens": "7", "eights": "8", "nines": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": 2, "thirty": 3, "forty": 4, "fourty": 4, "fifty": 5, "sixty": 6, "seventy": 7, "eighty": 8, "ninety": 9,
}  # fmt: skip
_REPEATS = {"double": 2, "doble": 2, "triple": 3, "treble": 3, "quadruple": 4}
_POWERS = {"hundred": "00", "thousand": "000"}
_BETWEEN = {
    "and", "then", "area", "code", "country", "dash", "hyphen", "minus", "dot", "point", "space", "slash",
    "followed", "by", "um", "uh", "er", "erm", "ah", "hmm", "mm", "y", "codigo", "código", "de", "guion", "guión",
}  # fmt: skip
_BETWEEN_MARKS = frozenset("-./,_·•~|()[]…:'")
_EXTENSION = frozenset(("x", "ext", "extn", "exten", "extension", "extensión", "anexo", "#"))
_NO_DIGITS = re.compile(
    r"\*\d\d\b"  # a service code before the number
    r"|(?:^|[.!?]\s+)oh,"  # an exclamation
    r"|\b(?:first|last|next|final|other)\s+(?:two|three|four|five|six|seven|[2-7])\b(?:\s+(?:digits|numbers))?"
    r"(?:\s+(?:is|are))?"
)
_TOKEN = re.compile(r"(?P<figures>\d+)|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<mark>\S)")
_DIGITS_BEFORE_EXTENSION = 7


@dataclass(frozen=True)
class Run:
    """Digits that stand together in a text."""

    plus: bool
    """Whether a `+` or the word stands before them."""
    groups: tuple[str, ...]
    """As they were written or said; a word is a group."""
    start: int
    end: int
    """Its place in the text: `text[start:end]`."""
    extension: str = ""
    apart: tuple[str, ...] = ()
    """The groups where tens and units don't make one number: 20 and 7 for `twenty seven`."""
    doubtful: tuple[bool, bool] = (False, False)
    """Whether it begins, and ends, with an `oh` that may be no digit."""

    @property
    def digits(self) -> str:
        return "".join(self.groups)


def runs(text: str) -> tuple[Run, ...]:
    """All runs of the text, in their order."""
    return tuple(item for item in _read(text) if isinstance(item, Run))


def only_run(text: str) -> Run | None:
    """The run of a text that holds nothing besides one."""
    found = list(_read(text))
    return found[0] if len(found) == 1 and isinstance(found[0], Run) else None


def plain_characters(text: str) -> str:
    """The text with each character replaced by its plain form: ASCII digits, hyphens and blanks, lower case.

    Of the same length: a place in one is the same place in the other.
    """
    return "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character.isascii():
        return character.lower() if character >= " " else " "
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.decimal(character))
    if kind == "Pd" or character == "\u2212":
        return "-"
    if kind[0] in "ZC":
        return " "
    if character in "’‘ʼ":
        return "'"
    whole = unicodedata.normalize("NFKC", character).lower()
    return whole if len(whole) == 1 and kind != "No" else character


def _read(text: str) -> Iterator[Run | None]:
    """The runs, and a None for each stretch of other text between them."""
    plain = _NO_DIGITS.sub(lambda found: " " * len(found.group()), plain_characters(text))
    reader = _Reader()
    for token in _TOKEN.finditer(plain):
        yield from reader.take(token)
    yield from reader.close()


class _Reader:
    """Builds the run that is being read, token by token."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.groups: list[str] = []
        self.apart: list[str] = []
        self.extension: list[str] = []
        self.in_extension = False
        self.plus = False
        self.repeat = 1
        self.tens: int | None = None
        """Of `twenty`, until its units are read."""
        self.start = self.end = -1
        self.begun_at = -1
        """Of a `+` or a `double` before the first digit."""
        self.begins_oh = self.ends_oh = False

    def take(self, token: re.Match[str]) -> Iterator[Run | None]:
        text, start, end = token.group(), token.start(), token.end()
        if token["figures"]:
            self._add(text, start, end)
        elif text in ("+", "plus", "más"):
            yield from self.close()
            self.plus, self.begun_at = True, start
        elif text in _REPEATS:
            self._settle()
            self.repeat = _REPEATS[text]
            self.begun_at = start if self.start < 0 and self.begun_at < 0 else self.begun_at
        elif text in _UNITS:
            self._add_unit(text, start, end)
        elif text in _PLURALS and self.groups and self.groups[-1] in "23456":
            self.groups[-1] = self.apart[-1] = _PLURALS[text] * int(self.groups[-1])
            self.end = end
        elif text in _TEENS:
            self._add(_TEENS[text], start, end)
        elif text in _TENS:
            self._add(f"{_TENS[text]}0", start, end)
            self.tens = _TENS[text]
        elif text in _POWERS and self._target:
            self._target[-1] += _POWERS[text]
            self.apart = [*self.apart[:-1], self._target[-1]] if not self.in_extension else self.apart
            self.end = end
        elif text in _EXTENSION and len("".join(self.groups)) >= _DIGITS_BEFORE_EXTENSION:
            self.in_extension = True
        elif text in _BETWEEN or text in _BETWEEN_MARKS:
            self.tens = self.tens if text == "-" else None
        else:
            yield from self.close()
            yield None

    def close(self) -> Iterator[Run | None]:
        """The run that was read so far, if any; a `+` or a `double` without digits is other text."""
        self._settle()
        if self.groups:
            doubtful = (self.begins_oh, self.ends_oh)
            groups, apart, extension = tuple(self.groups), tuple(self.apart), "".join(self.extension)
            yield Run(self.plus, groups, self.start, self.end, extension, apart, doubtful)
        elif self.begun_at >= 0:
            yield None
        self._begin()

    @property
    def _target(self) -> list[str]:
        return self.extension if self.in_extension else self.groups

    def _add_unit(self, word: str, start: int, end: int) -> None:
        unit = _UNITS[word]
        if self.tens is not None and unit != "0":
            self._target[-1] = f"{self.tens}{unit}"
            self.apart.append(unit)
            self.tens, self.end, self.ends_oh = None, end, False
            return
        is_oh = word in ("oh", "o")
        self.begins_oh = self.begins_oh or (is_oh and not self.groups and not self.plus)
        self._add(unit, start, end)
        self.ends_oh = is_oh

    def _add(self, digits: str, start: int, end: int) -> None:
        self.tens, self.ends_oh = None, False
        group = digits[0] * (self.repeat - 1) + digits
        self._target.append(group)
        if not self.in_extension:
            self.apart.append(group)
        self.repeat = 1
        if self.start < 0:
            self.start = self.begun_at if self.begun_at >= 0 else start
        self.end = end

    def _settle(self) -> None:
        self.tens, self.repeat = None, 1
