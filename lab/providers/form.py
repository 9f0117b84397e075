"""The scripted model fills in a form, by a JSON schema, from a transcript: simple rules, and null where none fits."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from lab.providers.chat import ChatRequest, text_of
from lab.providers.content import stem
from lab.providers.names import name_in
from lab.providers.wording import is_no, is_yes, words

_STOP = words(
    """a an the of to in on at for from with by as and or is are was were be been it its this that they them their he
    she his her you your we our i my me who whom what which when where how why whether if any all no not do does did
    has have had can could will would should want wants wanted like caller callers person somebody someone call calls
    called give gave given say says said ask asks asked about many much did written text value number date day name
    please thank thanks yes okay"""
)
_NOT = re.compile(r"\b(?:no|not|never|nothing|without|\w+n't|cannot)\b", re.I)
_LINE = re.compile(r"^(caller|agent): (.*)$")
_BEGAN = re.compile(r"The call began on \w+, (\d{4}-\d\d-\d\d)")
_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBER = re.compile(rf"\b(?:(\d+(?:\.\d+)?)|({'|'.join(_NUMBERS)}))\b", re.I)
_MONTHS = [f"{date(2026, month, 1):%B}".lower() for month in range(1, 13)]
_DAYS = [f"{date(2026, 6, day):%A}".lower() for day in range(1, 8)]
"""From Monday on."""
_DATE = re.compile(
    rf"\b(?:(\d{{4}}-\d\d-\d\d)|({'|'.join(_MONTHS)}) (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?"
    rf"|({'|'.join(_DAYS)})|(today|tomorrow))\b",
    re.I,
)


@dataclass(frozen=True)
class _Turn:
    question: str
    """The agent's words before it."""
    said: str


def filled(request: ChatRequest) -> dict[str, Any]:
    """The form of the request's schema."""
    turns = list(_turns(text_of(request.messages[-1])))
    began = _BEGAN.search(text_of(request.messages[0]))
    today = date.fromisoformat(began[1]) if began else date(2026, 1, 1)
    properties: dict[str, dict[str, Any]] = (request.schema or {}).get("properties", {})
    return {name: _value(name, field, turns, today) for name, field in properties.items()}


def _turns(transcript: str) -> Iterator[_Turn]:
    question = ""
    for line in transcript.splitlines():
        found = _LINE.match(line)
        if found and found[1] == "agent":
            question = found[2]
        elif found:
            yield _Turn(question, found[2])


def _value(name: str, field: dict[str, Any], turns: Sequence[_Turn], today: date) -> Any:
    if choices := [each for each in field.get("enum", []) if each is not None]:
        return _choice(choices, turns)
    keys = _keys(f"{name.replace('_', ' ')} {field.get('description', '')}")
    kind = next((each for each in field["type"] if each != "null"), "string")
    if kind == "boolean":
        return _truth(keys, turns)
    said = [turn for turn in turns if keys & _keys(turn.said)]
    answered = [turn for turn in turns if keys & _keys(turn.question)]
    newest_first = [turn.said for turn in (*reversed(said), *reversed(answered))]
    if kind in ("number", "integer"):
        return next((value for text in newest_first if (value := _number(text)) is not None), None)
    if field.get("format") == "date":
        return next((value for text in newest_first if (value := _date(text, today))), None)
    if "name" in name.split("_"):
        return next((value for turn in reversed(turns) if (value := name_in(turn.said))), None)
    best = max(said or answered, key=lambda turn: len(keys & _keys(turn.said)), default=None)
    return best.said if best else None


def _keys(text: str) -> set[str]:
    return {stem(word) for word in re.findall(r"[a-z']{3,}", text.lower()) if word not in _STOP}


def _truth(keys: set[str], turns: Sequence[_Turn]) -> bool | None:
    for turn in reversed(turns):
        if keys & _keys(turn.said):
            return not _NOT.search(turn.said)
        if keys & _keys(turn.question) and (is_yes(turn.said) or is_no(turn.said)):
            return is_yes(turn.said)
    return None


def _choice(choices: Sequence[str], turns: Sequence[_Turn]) -> str | None:
    """The one that the caller named last."""
    for turn in reversed(turns):
        found = [(turn.said.lower().rfind(each.replace("_", " ").lower()), each) for each in choices]
        if (latest := max(found))[0] >= 0:
            return latest[1]
        if stems := [each for each in choices if _keys(each.replace("_", " ")) & _keys(turn.said)]:
            return stems[-1]
    return None


def _number(said: str) -> float | int | None:
    found = _NUMBER.search(said)
    if found is None:
        return None
    if found[1]:
        return float(found[1]) if "." in found[1] else int(found[1])
    return _NUMBERS.index(found[2].lower())


def _date(said: str, today: date) -> str | None:
    found = _DATE.search(said)
    if found is None:
        return None
    iso, month, day, weekday, near = found.groups()
    if iso:
        return iso
    if month:
        this_year = date(today.year, _MONTHS.index(month.lower()) + 1, int(day))
        return (this_year if this_year >= today else this_year.replace(year=today.year + 1)).isoformat()
    if weekday:
        return (today + timedelta(days=(_DAYS.index(weekday.lower()) - today.weekday()) % 7 or 7)).isoformat()
    return (today + timedelta(days=near.lower() == "tomorrow")).isoformat()
