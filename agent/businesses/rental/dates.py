"""Reads the days of a rental from a caller's words, or from dates as a model writes them. Pure.

"From Monday to Thursday", "tomorrow for three days", "December 5th through the 7th", "2026-12-05 to 2026-12-07".
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from shared.domain.language.text import words

MOST_DAYS = 90
MOST_AHEAD = 365

_ONES = words(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty"""
).split()
_ORDINALS = words(
    """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
    sixteenth seventeenth eighteenth nineteenth twentieth"""
).split()
_TENS = {"twenty": 20, "thirty": 30}
_MONTHS = [f"{date(2026, month, 1):%B}".lower() for month in range(1, 13)]
_DAYS = [f"{date(2026, 6, day):%A}".lower() for day in range(1, 8)]
"""From Monday on."""
_NTH = r"(?:(?:twenty|thirty)[- ])?(?:" + "|".join(_ORDINALS) + r"|thirtieth)|\d{1,2}(?:st|nd|rd|th)"
_COUNT = r"\d{1,2}|a couple of|a|one|an|the(?= (?:whole |full )?week)|" + "|".join(_ONES[2:])
_COUNTS = {"a": 1, "an": 1, "the": 1, "a couple of": 2}
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" if month != "may" else "may" for month in _MONTHS)
_DAY = re.compile(
    rf"(?P<iso>\d{{4}}-\d\d-\d\d)"
    rf"|(?P<month>{_MONTH})\.? (?:the )?(?P<of_month>{_NTH}|\d{{1,2}})\b"
    rf"|(?:the )?(?P<nth_of>{_NTH}) of (?P<its_month>{_MONTH})\b"
    rf"|(?P<slashed>\d{{1,2}}/\d{{1,2}})\b"
    rf"|(?P<after_tomorrow>day after tomorrow)|(?P<today>today|tonight|right now|right away|this (?:morning|afternoon))"
    rf"|(?P<tomorrow>tomorrow)"
    rf"|(?P<weekend>(?:(?P<which_end>this|next|the|coming) )*weekend)"
    rf"|(?:(?P<which>this|next|coming) )?(?P<weekday>{'|'.join(_DAYS)})\b"
    rf"|\b(?:the )?(?P<nth>{_NTH})\b",
)
_LENGTH = re.compile(rf"\b(?P<count>{_COUNT})[- ](?:whole |full |more )?(?P<unit>day|night|week)s?\b")


@dataclass(frozen=True)
class Days:
    """What was said of them; what wasn't is None."""

    first: date | None = None
    last: date | None = None
    length: int | None = None
    """In days, where no last day was named."""


def days_in(said: str, today: date) -> Days:
    """The days that `said` names; days without a year lie ahead."""
    text = re.sub(r"\s+", " ", said.lower().replace("’", "'"))
    rest = _LENGTH.sub(" ", text)
    found = list(_DAY.finditer(rest))
    length = _length(text)
    first = _day(found[0], today, None) if found else None
    if first is not None and found[0]["weekend"] and len(found) == 1:
        return Days(first, None if length else first + timedelta(days=1), length)
    if first is None:
        return Days(length=length)
    last = next((day for each in found[1:] if (day := _day(each, first, first)) is not None and day >= first), None)
    return Days(first, last, None if last else length)


def last_day(days: Days) -> date | None:
    """The last of the days: named, or counted from the first; None without a first day, or with one that can't be."""
    if days.first is None:
        return None
    if days.last is not None:
        return days.last
    return days.first + timedelta(days=(days.length or 1) - 1)


def merged(earlier: Days, later: Days) -> Days:
    """What holds after the caller named other days: "make it Tuesday instead" keeps how long it was for."""
    if later == Days():
        return earlier
    if later.first is None:
        return Days(earlier.first, None, later.length)
    if later.last is None and later.length is None and earlier.first is not None and earlier.last is not None:
        return Days(later.first, later.first + (earlier.last - earlier.first))
    if later.last is None and later.length is None:
        return Days(later.first, None, earlier.length)
    return later


def spoken_day(day: date) -> str:
    return f"{day:%A, %B} {day.day}"


def _length(text: str) -> int | None:
    if not (found := _LENGTH.search(text)):
        return None
    count = found["count"]
    number = (
        int(count)
        if count.isdigit()
        else {"a": 1, "an": 1, "the": 1, "a couple of": 2}.get(count) or _ONES.index(count)
    )
    return (number * 7 if found["unit"] == "week" else number) or None


def _day(found: re.Match[str], today: date, after: date | None) -> date | None:
    """None for a date that no calendar has. `after`: the first day, which another one follows."""
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["slashed"]:
            month, day = map(int, found["slashed"].split("/"))
            return _ahead(month, day, today)
        if month := found["month"] or found["its_month"]:
            return _ahead(_month(month), _nth(found["of_month"] or found["nth_of"]), today)
        if found["nth"]:
            return _next_nth(_nth(found["nth"]), after or today)
    except ValueError:
        return None
    if found["today"]:
        return today
    if found["tomorrow"] or found["after_tomorrow"]:
        return today + timedelta(days=2 if found["after_tomorrow"] else 1)
    weekday = 5 if found["weekend"] else _DAYS.index(found["weekday"])
    ahead = (weekday - today.weekday()) % 7
    if "next" in (found["which"], found["which_end"]) and after is None:
        # the one of the week that begins next
        ahead = 7 - today.weekday() + weekday
    elif after is not None and ahead == 0:
        ahead = 7
    return today + timedelta(days=ahead)


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name[:3]))


def _nth(said: str) -> int:
    """ "5", "5th", "fifth", "twenty-first"."""
    if said[0].isdigit():
        return int(re.sub(r"\D", "", said))
    if said == "thirtieth":
        return 30
    tens, _, ones = said.replace("-", " ").rpartition(" ")
    return _TENS.get(tens, 0) + _ORDINALS.index(ones) + 1


def _ahead(month: int, day: int, today: date) -> date:
    """This year's, or the next one's where that is over."""
    this = date(today.year, month, day)
    return this if this >= today else date(today.year + 1, month, day)


def _next_nth(day: int, since: date) -> date:
    month, year = since.month, since.year
    for _ in range(3):
        try:
            if (found := date(year, month, day)) >= since:
                return found
        except ValueError:
            pass
        month, year = (1, year + 1) if month == 12 else (month + 1, year)
    raise ValueError(f"no month has a day {day}")
