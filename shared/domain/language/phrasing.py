"""Patterns as lists of phrasings: one a line, so that a kind of danger is read, and mended, as a whole."""

import re
from collections.abc import Mapping

_PART = re.compile(r"(?<!\?)<(\w+)>")
_CONTINUED = re.compile(r"\\\n\s*")


def one_of(phrasings: str, parts: Mapping[str, str] | None = None) -> re.Pattern[str]:
    """A pattern for any of the lines, at the bounds of words. `<name>` stands for the part of that name, `...` for up
    to four words in between; a line that ends in a backslash goes on in the next.
    """

    def filled(found: re.Match[str]) -> str:
        return f"(?:{(parts or {})[found[1]]})"

    lines = [
        _PART.sub(filled, line.strip()).replace(" ... ", r" (?:\w+ ){0,4}?")
        for line in _CONTINUED.sub("", phrasings).splitlines()
    ]
    return re.compile(rf"\b(?:{'|'.join(line for line in lines if line)})\b")
