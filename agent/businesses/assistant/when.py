"""Days and times in what a caller says, on the owner's clock; the title of an entry. Pure."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from agent.businesses.tasks.titles import title_of

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_HOURS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
)  # fmt: skip
_ORDINALS = r"(\d{1,2})(?:st|nd|rd|th)?"
_HOUR = rf"(\d{{1,2}}|{'|'.join(_HOURS)})"
_RELATIVE = re.compile(
    r"\b(?:the )?(day after tomorrow|tomorrow|today|tonight|this (?:morning|afternoon|evening))\b", re.I
)
_WEEKDAY = re.compile(rf"\b(?:on |this |next |coming )?({'|'.join(_DAYS)})s?\b", re.I)
_DATE = re.compile(
    rf"\b(?:on )?(?:({'|'.join(_MONTHS)}) (?:the )?{_ORDINALS}|(?:the )?{_ORDINALS}(?: of)? ({'|'.join(_MONTHS)}))\b",
    re.I,
)
_CLOCK = re.compile(
    rf"\b(?:at |around |from |by )?(?:(noon|midday|midnight)|(half past|quarter past|quarter to) {_HOUR}"
    rf"|{_HOUR}(?:[:.](\d\d)| (thirty|fifteen|forty[- ]five|o'?clock))?\s*([ap])\.?\s?m\b\.?"
    rf"|(?:at|around|from|by) {_HOUR}(?:[:.](\d\d)| (thirty|fifteen|forty[- ]five|o'?clock))?"
    r"(?! days| weeks| minutes| hours)\b"
    r"|(\d{1,2}):(\d\d)\b)(?: (in the (?:morning|afternoon|evening)|at night|sharp))?",
    re.I,
)
_MINUTES = {"thirty": 30, "fifteen": 15, "forty-five": 45, "forty five": 45}
_FIRST_OF_DAY = 8
"""An hour before it, said without its half of the day, is in the afternoon: nobody means three in the night."""


@dataclass(frozen=True)
class When:
    day: date | None
    at: time | None


def when_in(said: str, today: date) -> When:
    """The day and the time of day that are named, each None where it isn't."""
    return When(_day_in(said, today), _time_in(said))


def _day_in(said: str, today: date) -> date | None:
    if found := _RELATIVE.search(said):
        ahead = {"day after tomorrow": 2, "tomorrow": 1}.get(found[1].lower(), 0)
        return today + timedelta(days=ahead)
    if found := _DATE.search(said):
        month = _MONTHS.index((found[1] or found[4]).lower()) + 1
        try:
            day = date(today.year, month, int(found[2] or found[3]))
            return day if day >= today else day.replace(year=today.year + 1)
        except ValueError:
            return None
    if found := _WEEKDAY.search(said):
        ahead = (_DAYS.index(found[1].lower()) - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    return None


def _time_in(said: str) -> time | None:
    found = _CLOCK.search(said)
    if found is None:
        return None
    if found[1]:
        return time(0) if found[1].lower() == "midnight" else time(12)
    if found[2]:
        hour, minute = _hour(found[3]), {"half past": 30, "quarter past": 15, "quarter to": -15}[found[2].lower()]
    elif found[4]:
        hour, minute = _hour(found[4]), _minute(found[5], found[6])
    elif found[8]:
        hour, minute = _hour(found[8]), _minute(found[9], found[10])
    else:
        hour, minute = int(found[11]), int(found[12])
    half, part = (found[7] or "").lower(), (found[13] or "").lower()
    if hour > 23 or minute > 59:
        return None
    late = half == "p" or "afternoon" in part or "evening" in part or "night" in part
    if hour <= 12 and (half or part):
        hour = hour % 12 + (12 if late else 0)
    elif 0 < hour < _FIRST_OF_DAY:
        hour += 12
    return (datetime(2000, 1, 1, hour) + timedelta(minutes=minute)).time()


def _hour(said: str) -> int:
    return int(said) if said.isdigit() else _HOURS.index(said.lower()) + 1


def _minute(digits: str | None, word: str | None) -> int:
    return int(digits) if digits else _MINUTES.get((word or "").lower(), 0)


_CALENDAR = re.compile(r"\b(?:(?:on|in|to|into|from|off) )?(?:my|the) (?:calendar|schedule|diary|agenda)\b", re.I)
_ENTRY = re.compile(
    r"^(?:(?:please )?(?:schedule|book|block|enter|plan|arrange|set up|put|add|create|make)(?: in| me| down)? )?"
    r"(?:(?:an?|the|my) )?(?:(?:new )?(?:appointment|event|entry|slot)(?: (?:called|named|for|to|with|about))?"
    r"(?=\s|$)|(?=\w))\s*",
    re.I,
)


def entry_title(said: str) -> str | None:
    """What an entry is called, without the words that command it and those that say when it is."""
    text = said
    for pattern in (_CALENDAR, _RELATIVE, _DATE, _WEEKDAY, _CLOCK):
        text = pattern.sub(" ", text)
    text = re.sub(r"\s+(?:on|at|for|from|in|by|next|this)?\s*[.,?!]*\s*$", "", " ".join(text.split()))
    cleaned = title_of(text) or ""
    title = _ENTRY.sub("", cleaned, count=1).strip(" .,") or cleaned
    return title[:1].upper() + title[1:] if title.strip() else None


def spoken_day(day: date, today: date) -> str:
    if day == today:
        return "today"
    if day == today + timedelta(days=1):
        return "tomorrow"
    return f"on {day:%A, %B} {day.day}"


def spoken_time(at: time) -> str:
    if (at.hour, at.minute) == (12, 0):
        return "noon"
    hour, half = at.hour % 12 or 12, "AM" if at.hour < 12 else "PM"
    return f"{hour} {half}" if at.minute == 0 else f"{hour}:{at.minute:02} {half}"
