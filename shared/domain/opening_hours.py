"""A tenant's opening hours as data: `{"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "sat": []}`."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import Any, cast

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def complaints(hours: object) -> Iterator[tuple[str, str]]:
    """What is wrong with opening hours as they are written down: the day (empty: all of it), and why."""
    if not isinstance(hours, Mapping):
        yield "", "opening hours are an object with a list of spans a day"
        return
    for day, spans in cast(Mapping[str, object], hours).items():
        if day not in DAYS:
            yield day, f"no such day: there are {', '.join(DAYS)}"
        elif not isinstance(spans, list):
            yield day, 'a day has a list of spans like ["09:00", "17:00"], empty where it is closed'
        else:
            yield from ((day, why) for why in _wrong_spans(cast(list[object], spans)))


def is_open(hours: Mapping[str, Any], local: datetime) -> bool:
    """Whether it is open at this local time. `hours` without complaints; a day that isn't in it is closed."""
    at = local.time()
    return any(_time(begin) <= at < _time(end) for begin, end in hours.get(DAYS[local.weekday()], []))


def _wrong_spans(spans: list[object]) -> Iterator[str]:
    last = time.min
    for span in spans:
        try:
            begin, end = map(_time, cast(list[str], span))
        except (TypeError, ValueError):
            yield f'{span!r} isn\'t two times like ["09:00", "17:00"]'
            continue
        if begin >= end:
            yield f"{span!r} ends before it begins"
        elif begin < last:
            yield f"{span!r} overlaps the span before it"
        last = max(last, end)


def _time(text: str) -> time:
    """Of `HH:MM`; 24:00 is the end of the day. Raises ValueError, TypeError."""
    return time.max if text == "24:00" else datetime.strptime(text, "%H:%M").time()
