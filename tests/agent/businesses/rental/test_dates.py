"""The days of a rental, as callers say them and as models write them."""

from datetime import date

from tables import each

from agent.businesses.rental.dates import Days, days_in, last_day, merged, spoken_day

SATURDAY = date(2026, 11, 28)


@each(
    ("said", "first", "last"),
    [
        ("from Monday to Thursday", "2026-11-30", "2026-12-03"),
        ("Thursday till Monday", "2026-12-03", "2026-12-07"),
        ("tomorrow, for three days", "2026-11-29", "2026-12-01"),
        ("the day after tomorrow", "2026-11-30", "2026-11-30"),
        ("December 5th through the 7th", "2026-12-05", "2026-12-07"),
        ("the thirtieth of December to the second", "2026-12-30", "2027-01-02"),
        ("Jan. 4 to Jan. 6", "2027-01-04", "2027-01-06"),
        ("on the twenty-first", "2026-12-21", "2026-12-21"),
        ("2026-12-05 to 2026-12-07", "2026-12-05", "2026-12-07"),
        ("12/5 until 12/8", "2026-12-05", "2026-12-08"),
        ("next Friday", "2026-12-04", "2026-12-04"),
        ("a week from Tuesday on", "2026-12-01", "2026-12-07"),
        ("for the whole week, starting Monday", "2026-11-30", "2026-12-06"),
        ("next weekend", "2026-12-05", "2026-12-06"),
        ("Friday for a couple of days", "2026-12-04", "2026-12-05"),
        ("right now", "2026-11-28", "2026-11-28"),
        ("February 30th", None, None),
        ("for two days", None, None),
        ("as cheap as you can", None, None),
        ("may I have it", None, None),
    ],
)
def test_given_a_callers_words_then_they_are_these_days(said: str, first: str | None, last: str | None) -> None:
    days = days_in(said, SATURDAY)
    assert (days.first and days.first.isoformat(), (end := last_day(days)) and end.isoformat()) == (first, last)


@each(
    ("later", "first", "last"),
    [
        ("make it Tuesday instead", "2026-12-01", "2026-12-03"),
        ("only two days", "2026-11-30", "2026-12-01"),
        ("Wednesday to Friday", "2026-12-02", "2026-12-04"),
        ("the red one", "2026-11-30", "2026-12-02"),
    ],
)
def test_given_days_when_the_caller_changes_one_thing_then_the_rest_is_kept(later: str, first: str, last: str) -> None:
    days = merged(days_in("from Monday to Wednesday", SATURDAY), days_in(later, SATURDAY))
    assert (str(days.first), str(last_day(days))) == (first, last)


def test_given_a_length_before_a_day_then_both_count() -> None:
    days = merged(Days(length=3), days_in("Monday", SATURDAY))
    assert (str(days.first), str(last_day(days))) == ("2026-11-30", "2026-12-02")
    assert spoken_day(date(2026, 12, 5)) == "Saturday, December 5"
