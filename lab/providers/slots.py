"""Reads the value of a tool's argument (a slot) from an utterance."""

import re
from collections.abc import Sequence
from typing import Any

from lab.providers.content import content_in
from lab.providers.names import name_in
from lab.providers.wording import is_no, is_yes, without_filler
from shared.domain.language.digits import runs
from shared.domain.telephony.dictation import number_in

Slot = dict[str, Any]
"""`{"name", "kind", "ask"?}`."""

_LEAST_PIECE = 2
_ALSO_CALLED = {"postcode": "post ?code|postal code|zip"}
_FEWEST_DIGITS = 3
"""Of an order number, a postcode and the like: fewer digits are a count."""
_THIS_NUMBER = re.compile(
    r"\b(?:this|same|my) (?:number|phone|one)\b(?! is)|\b(?:calling|called) (?:you )?from\b|\bthe one i(?:'m| am)\b",
    re.I,
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_WHEN = rf"{_DAY}|today|tomorrow|tonight|morning|afternoon|evening|noon|any ?time|whenever|now"
_TIME = re.compile(
    r"\b(?:(?:on|in|at|after|before|around|by|between|until|till|this|next|any|every|the|or|and|from|to|early|late|about)\s+)*"
    rf"(?:{_WHEN}|lunch ?time|midday|week(?:day|end)?s?|as soon as possible|"
    r"(?:\d{1,2}(?::\d\d)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"(?:\s*(?:a\.?m\.?|p\.?m\.?|o'?clock|thirty|fifteen))?)\b\.?",
    re.I,
)
_TIME_CERTAIN = re.compile(
    rf"\b(?:{_WHEN}|week|soon|a\.?m|p\.?m|o'?clock|after|before|around|at|between|\d{{1,2}}:\d\d)\b", re.I
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_NTH = (
    r"(?:(?:twenty|thirty)[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|\w+teenth|tenth|eleventh"
    r"|twelfth|twentieth|thirtieth)|\d{1,2}(?:st|nd|rd|th)"
)
_DATES = re.compile(
    rf"\b(?:(?:from|this|next|coming|the|day after)\s+)*(?:\d{{4}}-\d\d-\d\d|{_DAY}|today|tomorrow|weekend"
    rf"|{_MONTH}\s+(?:the\s+)?(?:{_NTH}|\d{{1,2}})|{_NTH}|\d{{1,2}}/\d{{1,2}})\b"
    r"|\b(?:\d{1,2}|a couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten)\s+(?:day|week|night)s?\b",
    re.I,
)
_A_DAY = re.compile(r"\b(?:a|per)\s+day\b", re.I)
"""Of a price, and no length."""
_NUMBER_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"""
_NUMBERS: dict[str, int] = dict(zip(_NUMBER_WORDS.split(), (*range(20), *range(20, 100, 10)), strict=True))
_POWERS = {"hundred": 100, "thousand": 1000}
_ABOUT = re.compile(
    r"\b(?:it'?s about|about|regarding|concerning|to discuss|because|to say(?: that)?|saying that)\s+(.+)", re.I
)


def read(slot: Slot, said: str, *, answering: bool, command: Sequence[str] = (), required: bool = True) -> Any:
    """The value of a slot in an utterance, or None. `answering`: the utterance answers this slot's question.

    `command` are words of the request, not of its content; `required`: take a guess rather than nothing.
    """
    match slot["kind"]:
        case "name":
            return name_in(said, bare=answering)
        case "phone":
            return phone_in(said)
        case "time":
            return time_in(said, bare=answering)
        case "sentence":
            return said.strip()
        case "digits":
            return digits_in(slot["name"], said, bare=answering)
        case "dates":
            return dates_in(said)
        case "amount":
            return amount_in(said)
        case "yes_no":
            return (True if is_yes(said) else False if is_no(said) else None) if answering else None
        case _:
            if answering or required:
                return content_in(said, command) or (without_filler(said).strip(" .") if answering else None)
            about = _ABOUT.search(said)
            return content_in(about.group(1), command) if about else None


def phone_in(said: str) -> str | None:
    """The number that is given, with an extension after an x; or `this number` for the caller's own."""
    if number := number_in(said):
        return f"{number.key} x{number.extension}" if number.extension else number.key
    return "this number" if _THIS_NUMBER.search(said) else None


def digits_in(name: str, said: str, *, bare: bool = False) -> str | None:
    """The digits that stand behind a word of the slot's name ("order number 4172"); or alone, as an answer (`bare`)."""
    found = [run for run in runs(said) if len(run.digits) >= _FEWEST_DIGITS]
    named = re.compile(rf"\b(?:{_ALSO_CALLED.get(name, name.replace('_', '|'))})\b[^.?!;\d]*$", re.I)
    fitting = [run for run in found if named.search(said[: run.start])] or (found if bare else [])
    return fitting[0].digits if fitting else None


def piece_of_number(said: str) -> bool:
    """Whether it gives digits, so that a number that isn't whole yet may go on."""
    return any(len(run.digits) >= _LEAST_PIECE for run in runs(said))


def time_in(said: str, *, bare: bool = False) -> str | None:
    """The words from the first to the last mention of a time; a lone number only as an answer (`bare`)."""
    found = [m for m in _TIME.finditer(said) if bare or _TIME_CERTAIN.search(m.group())]
    if not found:
        return None
    return said[found[0].start() : found[-1].end()].strip(" .,?!")


def dates_in(said: str) -> str | None:
    """The words from the first to the last mention of a day or of a number of days."""
    found = list(_DATES.finditer(_A_DAY.sub(lambda price: " " * len(price.group()), said)))
    return said[found[0].start() : found[-1].end()] if found else None


def amount_in(said: str) -> float | None:
    """The last number, in figures or in words ("a hundred and twenty"); "that one" is none."""
    found: list[float] = []
    counted: list[str] = []
    for word in [*re.findall(r"\d[\d,]*(?:\.\d+)?|[a-z]+", said.lower()), "."]:
        if word in _NUMBERS or word in _POWERS or (counted and word == "and"):
            counted.append(word)
            continue
        if counted not in ([], ["one"]):
            found.append(_number(counted))
        counted = []
        if word[0].isdigit():
            found.append(float(word.replace(",", "")))
    return found[-1] if found else None


def _number(words: Sequence[str]) -> float:
    total = 0
    for word in words:
        total = max(total, 1) * _POWERS[word] if word in _POWERS else total + _NUMBERS.get(word, 0)
    return float(total)
