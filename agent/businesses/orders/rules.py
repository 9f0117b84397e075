"""What a customer may decide about an order in which state, and how an order is said. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Status = Literal["pending", "confirmed", "rescheduled", "cancelled", "shipped", "delivered"]
Outcome = Literal["confirmed", "cancelled", "changed"]
OPEN: tuple[Status, ...] = ("pending", "confirmed", "rescheduled")
"""A customer can still decide about these."""
MOST_GUESSES = 3
"""So many times a caller may give a number and a postcode that don't fit."""


@dataclass(frozen=True)
class Order:
    order_number: str
    """As the merchant writes it."""
    customer_name: str | None
    items: str
    amount: Decimal
    """To be paid on delivery."""
    currency: str
    """ISO 4217."""
    address: str
    delivery_time: str | None
    """In words."""
    status: Status
    version: int
    """Rises with each change of the order."""


def may(status: Status, outcome: Outcome) -> bool:
    """Whether an order in this state may get this outcome: as `pickup.order_allows` has it."""
    return status in ("pending", "rescheduled") or (status == "confirmed" and outcome != "confirmed")


def refused(order: Order, outcome: Outcome) -> str | None:
    """What the caller hears of an order that can't get this outcome; None: it can."""
    if may(order.status, outcome):
        return None
    name = f"Order {spelled(order.order_number)}"
    match order.status:
        case "confirmed":
            return f"{name} is confirmed already. Is there anything else I can do for you?"
        case "cancelled" if outcome == "cancelled":
            return f"{name} is cancelled already. Is there anything else I can do for you?"
        case status:
            why = f"{name} {_STATES[status]}, so it can't be {outcome} any more."
            return f"{why} Shall somebody call you back about it?"


def described(order: Order) -> str:
    """The order in a sentence or two."""
    when = f" on {order.delivery_time}" if order.delivery_time else ""
    return (
        f"Order {spelled(order.order_number)} is {order.items}, for {spoken_amount(order)}, to be delivered{when} "
        f"to {order.address}. It {_STATES[order.status]}."
    )


def spelled(order_number: str) -> str:
    """Sign by sign, as nobody understands four thousand one hundred seventy-two."""
    return " ".join(each for each in order_number.upper() if each.isalnum())


def spoken_amount(order: Order) -> str:
    if order.currency != "USD":
        return f"{order.amount:.2f} {order.currency}"
    whole, cents = divmod(int(order.amount * 100), 100)
    dollars = f"{whole} dollar{'' if whole == 1 else 's'}"
    return f"{dollars} and {cents} cent{'' if cents == 1 else 's'}" if cents else dollars


_STATES: dict[Status, str] = {
    "pending": "isn't confirmed yet",
    "confirmed": "is confirmed",
    "rescheduled": "waits for the new time",
    "cancelled": "was cancelled",
    "shipped": "is on its way already",
    "delivered": "has been delivered",
}
