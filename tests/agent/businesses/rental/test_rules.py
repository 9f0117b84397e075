"""What may come next in a rental's call, which items a caller means, and what is said of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tables import each

from agent.businesses.rental import sentences
from agent.businesses.rental.dates import Days
from agent.businesses.rental.rules import (
    MOST_OFFERS,
    Stage,
    Wish,
    complaint,
    may_offer,
    missing,
    price_of,
    stage_of,
    wish_in,
    with_wish,
)
from agent.businesses.rental.search import Found, categories, chosen, search
from agent.businesses.rental.store import Item, Stock

TODAY = date(2026, 11, 28)


def item(equipment_id: str, name: str, category: str, description: str = "", **changes: object) -> Item:
    made = Item(equipment_id, name, category, description, Decimal(50), "AVAILABLE", 1)
    return replace(made, **changes)  # type: ignore[arg-type]


SAW = item("saw", "concrete saw", "saws", "It cuts slabs.")
TWIN = item("twin", "concrete saw", "saws", "It cuts slabs.", status="RENTED")
TILER = item("tiler", "tile saw", "saws", "For bathrooms.", daily_rate=Decimal("32.50"))
HEATER = item("heater", "propane heater", "heaters", "It warms a tent.", status="RENTED")
STOCK = Stock(7, (SAW, TWIN, TILER, HEATER))
WHOLE = Wish("a saw", ("saw",), "saw", None, 0, "2026-12-01", "2026-12-03", None, "Ann", "+12065550142")


@pytest.mark.requirement("RP-37")
def test_given_a_wish_then_its_stage_follows_from_what_is_known_and_none_can_be_left_out() -> None:
    assert [stage_of(each) for each in (Wish(), Wish(offered=("saw",)), Wish(equipment_id="saw"), WHOLE)] == list(Stage)
    assert missing(WHOLE) is None
    without = {"item": "equipment_id", "dates": "first", "name": "name", "number": "number"}
    assert {missing(replace(WHOLE, **{field: None})) for field in without.values()} == set(without)
    assert [missing(replace(WHOLE, **{field: None})) for field in without.values()] == list(without)


@pytest.mark.requirement("RP-37")
def test_given_a_change_of_mind_then_it_changes_what_it_concerns_and_keeps_the_rest() -> None:
    agreed = replace(WHOLE, daily_price="45")
    assert agreed.choosing(SAW) == agreed
    assert agreed.choosing(TILER) == replace(agreed, equipment_id="tiler", daily_price=None), "another price, too"
    elsewhere = agreed.offering("a heater", (HEATER,))
    assert (missing(elsewhere), elsewhere.first, elsewhere.name) == ("item", WHOLE.first, "Ann")
    assert agreed.offering("a saw", (TILER, SAW)).equipment_id == "saw", "it is among those that are offered now"
    assert agreed.for_days(Days(TODAY, TODAY)).name == "Ann"
    assert wish_in(with_wish({"other": 1}, agreed) | {"more": 2}) == agreed
    assert wish_in({"rental": {"name": "Ann", "of a newer release": 1}}) == Wish(name="Ann")


@pytest.mark.requirement("RP-38")
def test_given_a_price_then_nobody_pays_more_than_the_rate_and_offers_come_to_an_end() -> None:
    assert price_of(replace(WHOLE, daily_price="45"), SAW) == 45
    assert price_of(replace(WHOLE, daily_price="80"), SAW) == price_of(WHOLE, SAW) == 50
    assert [may_offer(replace(WHOLE, offers=count)) for count in (0, MOST_OFFERS - 1, MOST_OFFERS)] == [
        True,
        True,
        False,
    ]


@each(
    ("first", "last", "why"),
    [
        ("2026-11-27", "2026-11-29", "past"),
        ("2026-11-28", "2026-11-28", None),
        ("2026-12-05", "2026-12-01", "order"),
        ("2028-01-01", "2028-01-02", "far"),
        ("2026-12-01", "2027-03-01", "long"),
        ("2026-12-01", "2027-02-28", None),
    ],
)
def test_given_days_when_they_are_checked_then_the_complaint_is_this(first: str, last: str, why: str | None) -> None:
    assert complaint(Days(date.fromisoformat(first), date.fromisoformat(last)), TODAY) == why


@each(
    ("said", "found"),
    [
        ("I've a slab to cut", Found((SAW,))),
        ("any saws in?", Found((SAW, TILER))),
        ("something to warm a tent", Found((), (HEATER,))),
        ("a helicopter", Found()),
        ("what do you have", Found()),
    ],
)
def test_given_a_wish_in_words_then_what_fits_is_found(said: str, found: Found) -> None:
    assert search(STOCK, said) == found


@pytest.mark.requirement("RP-27", part="what is offered instead")
def test_given_that_all_that_fit_are_out_then_available_ones_of_the_same_category_are_offered() -> None:
    out = Stock(8, (replace(SAW, status="RENTED"), TWIN, TILER, HEATER))
    assert search(out, "a concrete saw") == Found((), (replace(SAW, status="RENTED"),), (TILER,))
    assert categories(out) == ["saws"]


@each(
    ("said", "offered", "whole", "items"),
    [
        ("the tile saw", (), True, ["tiler"]),
        ("the concrete one", ("tiler", "saw"), True, ["saw"]),
        ("the second one", ("tiler", "saw"), True, ["saw"]),
        ("the cheaper one", ("saw", "tiler"), True, ["tiler"]),
        ("that one please", ("saw",), True, ["saw"]),
        ("a helicopter", ("saw",), True, []),
        ("from the second of May, I'm Ann", ("saw",), False, ["saw"]),
        ("yes, I'll take it on Friday", ("saw", "tiler"), False, ["saw", "tiler"]),
        ("no, the heater", ("saw",), True, ["heater"]),
        ("the saw", ("tiler",), True, ["tiler"]),
        ("Friday", (), False, []),
    ],
)
def test_given_a_choice_in_words_then_it_is_one_of_those_offered_before_all_others(
    said: str, offered: tuple[str, ...], whole: bool, items: list[str]
) -> None:
    assert [each.equipment_id for each in chosen(STOCK, said, offered, whole=whole)] == items


def test_when_prices_and_lists_are_spoken_then_they_are_words() -> None:
    amounts = ("1", "45", "75.50", "0.99")
    assert [sentences.money(Decimal(amount)) for amount in amounts] == [
        "1 dollar", "45 dollars", "75 dollars and 50 cents", "0 dollars and 99 cents",
    ]  # fmt: skip
    assert sentences.offer(Found((SAW, TILER))) == (
        "We have the concrete saw at 50 dollars a day and the tile saw at 32 dollars and 50 cents a day. "
        "Which one would you like?"
    )
    assert "Shall I have somebody call you back" in sentences.offer(Found((), (HEATER,)))
