"""A shop's rules: what a customer may decide about an order, and how it is said."""

from dataclasses import replace
from decimal import Decimal

from agent.businesses.orders.rules import Order, described, may, refused, spoken_amount

LAMPS = Order("NL-4172", "Ann", "two lamps", Decimal("84.50"), "USD", "12 Elm Street", "Friday", "pending", 1)


def test_given_each_state_then_it_allows_these_outcomes_and_says_why_not_the_others() -> None:
    table = {
        "pending": "confirmed cancelled changed",
        "rescheduled": "confirmed cancelled changed",
        "confirmed": "cancelled changed",
        "cancelled": "",
        "shipped": "",
        "delivered": "",
    }
    wrong: list[object] = []
    for status, allowed in table.items():
        for outcome in ("confirmed", "cancelled", "changed"):
            order = replace(LAMPS, status=status)
            why = refused(order, outcome)
            if may(status, outcome) is not (outcome in allowed.split()) or (why is None) is not may(status, outcome):
                wrong.append((status, outcome, why))
            if why and ("N L 4 1 7 2" not in why or not why.endswith("?")):
                wrong.append(why)
    assert wrong == []


def test_given_an_order_then_it_is_said_as_people_understand_it_on_the_telephone() -> None:
    amounts = {
        "84.50": "84 dollars and 50 cents",
        "129": "129 dollars",
        "1.01": "1 dollar and 1 cent",
        "0": "0 dollars",
    }
    assert {text: spoken_amount(replace(LAMPS, amount=Decimal(text))) for text in amounts} == amounts
    assert spoken_amount(replace(LAMPS, currency="EUR")) == "84.50 EUR"
    assert described(LAMPS) == (
        "Order N L 4 1 7 2 is two lamps, for 84 dollars and 50 cents, to be delivered on Friday to 12 Elm Street. "
        "It isn't confirmed yet."
    )
    assert "to be delivered to 12 Elm" in described(replace(LAMPS, delivery_time=None))
