from datetime import datetime
from typing import Any

from shared.domain.opening_hours import complaints, is_open

HOURS = {"mon": [["09:00", "12:00"], ["13:00", "17:30"]], "sat": [], "fri": [["18:00", "24:00"]]}


def test_given_hours_then_they_are_open_from_the_first_minute_to_before_the_last() -> None:
    opened = {
        (day, at): is_open(HOURS, datetime.fromisoformat(f"2026-11-{day:02} {at}"))
        for day, at in [
            (23, "08:59"), (23, "09:00"), (23, "12:00"), (23, "13:00"), (27, "23:59"), (28, "10:00"), (24, "10:00"),
        ]
    }  # fmt: skip
    assert [key for key, is_so in opened.items() if is_so] == [(23, "09:00"), (23, "13:00"), (27, "23:59")]
    assert list(complaints(HOURS)) == []


def test_given_hours_that_are_written_wrongly_then_each_day_is_named() -> None:
    table: list[tuple[Any, str, str]] = [
        ("9 to 5", "", "an object"),
        ({"monday": []}, "monday", "no such day"),
        ({"mon": "9-5"}, "mon", "a list of spans"),
        ({"mon": [["9am", "5pm"]]}, "mon", "isn't two times"),
        ({"mon": [["09:00"]]}, "mon", "isn't two times"),
        ({"mon": [["25:00", "26:00"]]}, "mon", "isn't two times"),
        ({"mon": [[9, 17]]}, "mon", "isn't two times"),
        ({"mon": [["17:00", "09:00"]]}, "mon", "ends before it begins"),
        ({"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}, "mon", "overlaps"),
    ]
    wrong = []
    for hours, day, words in table:
        found = list(complaints(hours))
        if not (len(found) == 1 and found[0][0] == day and words in found[0][1]):
            wrong.append((hours, found))
    assert wrong == []
