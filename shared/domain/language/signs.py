"""Signs of a danger: lists of plain phrases, and rules that say which signs together make the danger.

A list is mended by a word and a rule holds for all words of its lists, in whatever order a caller puts them.
"""

import re
from collections.abc import Mapping

_REACH = 6
"""Words between two signs of a rule that wants them in order."""


def phrases(listed: str) -> str:
    """A pattern's text for phrases divided by commas; `*` stands for any ending."""
    each = (" ".join(phrase.split()) for phrase in listed.split(","))
    return "|".join(phrase.replace("*", r"\w*") for phrase in sorted(each, key=len, reverse=True) if phrase)


class Signs:
    """Rules, one a line: `breath + not` wants both signs anywhere, `he > hit > me` wants them in this order and near.

    `- question` says that a sign mustn't be there. A line of one name is a sign that suffices alone.
    """

    def __init__(self, lists: Mapping[str, str], rules: str) -> None:
        self._signs = {name: re.compile(rf"\b(?:{phrases(listed)})\b") for name, listed in lists.items()}
        self._rules = [_Rule(line, lists) for line in map(str.strip, rules.splitlines()) if line]

    def found(self, text: str) -> list[str]:
        """The words of the signs of each rule that holds."""
        matched = {name: match.group() for name, sign in self._signs.items() if (match := sign.search(text))}
        return [words for rule in self._rules if (words := rule.found(text, matched))]


class _Rule:
    def __init__(self, line: str, lists: Mapping[str, str]) -> None:
        wanted, *unwanted = line.split(" - ")
        parts = [part.split(" > ") for part in wanted.split(" + ")]
        gap = rf" (?:\w+ ){{0,{_REACH}}}?"
        self._present = [name.strip() for part in parts for name in part]
        self._absent = [name.strip() for name in unwanted]
        self._ordered = [
            re.compile(rf"\b{gap.join(f'(?:{phrases(lists[name.strip()])})' for name in part)}\b")
            for part in parts
            if len(part) > 1
        ]

    def found(self, text: str, matched: Mapping[str, str]) -> str:
        if any(name not in matched for name in self._present) or any(name in matched for name in self._absent):
            return ""
        if not all(ordered.search(text) for ordered in self._ordered):
            return ""
        return " ".join(dict.fromkeys(matched[name] for name in self._present))
