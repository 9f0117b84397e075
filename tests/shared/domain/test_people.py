"""Whom a caller is put through to: by name, by queue, within the hours, and never back to us."""

from datetime import datetime

from shared.domain.people import Choice, Person, choose

MONDAY_AT_TEN = datetime(2026, 5, 4, 10, 0)
SUNDAY = datetime(2026, 5, 3, 10, 0)
WEEKDAYS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}

RUTH = Person("Ruth Adeyemi", "+12065550181", queue="parts", place=2)
OLAF = Person("Olaf Brandt", "204", queue="parts", place=1)
SVEN = Person("Sven Brandt", "+12065550183", queue="parts", place=3, hours={"mon": [["12:00", "13:00"]]})
DESK = Person("the workshop", "+12065550184", place=9)
STAFF = (RUTH, OLAF, SVEN, DESK)


def names(choice: Choice) -> list[str] | str | None:
    return [each.name for each in choice.people] or choice.refusal


def test_when_somebody_is_wanted_then_they_are_called_in_the_order_of_their_queue() -> None:
    table = [
        ("Ruth", MONDAY_AT_TEN, ["Ruth Adeyemi"]),
        ("ms ruth adeyemi please", MONDAY_AT_TEN, ["Ruth Adeyemi"]),
        ("Brandt", MONDAY_AT_TEN, ["Olaf Brandt"]),
        ("Sven", MONDAY_AT_TEN, "closed"),
        ("Sven", MONDAY_AT_TEN.replace(hour=12), ["Sven Brandt"]),
        ("parts", MONDAY_AT_TEN, ["Olaf Brandt", "Ruth Adeyemi"]),
        ("Parts", MONDAY_AT_TEN.replace(hour=12), ["Olaf Brandt", "Ruth Adeyemi", "Sven Brandt"]),
        ("workshop", MONDAY_AT_TEN, ["the workshop"]),
        ("Olaf from the parts counter", MONDAY_AT_TEN, "unknown"),
        ("Ruth", SUNDAY, "closed"),
        ("Gudrun", MONDAY_AT_TEN, "unknown"),
        ("", MONDAY_AT_TEN.replace(hour=12), ["Olaf Brandt", "Ruth Adeyemi", "Sven Brandt"]),
    ]
    got = [(who, at, names(choose(STAFF, who, at, hours=WEEKDAYS))) for who, at, _ in table]
    assert got == table


def test_when_a_number_leads_back_to_us_then_nobody_is_called_there() -> None:
    ours = {RUTH.number, OLAF.number}
    assert names(choose(STAFF, "Ruth", MONDAY_AT_TEN, ours=ours)) == "ours"
    assert names(choose(STAFF, "parts", MONDAY_AT_TEN.replace(hour=12), ours=ours)) == ["Sven Brandt"]
    assert names(choose((), "Ruth", MONDAY_AT_TEN)) == "unknown"


def test_given_no_hours_then_a_person_is_there_and_given_hours_that_cannot_be_read_then_not() -> None:
    assert names(choose((RUTH,), "Ruth", SUNDAY)) == ["Ruth Adeyemi"]
    for broken in ("always", {"sundays": [["09:00", "17:00"]]}, {"sun": "all day"}):
        assert names(choose((RUTH,), "Ruth", SUNDAY, hours=broken)) == "closed", broken
