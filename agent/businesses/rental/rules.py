"""What the rental knows of a caller's wish, and which step may come next (RP-37). Pure: it reads and writes nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, cast

from pydantic import TypeAdapter

from agent.businesses.rental.dates import MOST_AHEAD, MOST_DAYS, Days, last_day
from agent.businesses.rental.store import Item

MOST_OFFERS = 3
"""Prices that a caller may offer in a call: more would find out the least that is agreed to."""

Detail = Literal["item", "dates", "name", "number"]


class Stage(StrEnum):
    """The part of the conversation that a call is in; greeting and close are every call's."""

    NEED = "need"
    OFFER = "offer"
    DETAILS = "details"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True)
class Wish:
    """What the caller has said so far, in JSON's types, so that another process goes on with it."""

    what: str = ""
    """In the caller's words."""
    offered: tuple[str, ...] = ()
    """The ids of the items that the caller was offered last."""
    equipment_id: str | None = None
    """The chosen item's."""
    daily_price: str | None = None
    """USD, of the chosen item: what was agreed to; None: its rate."""
    offers: int = 0
    first: str | None = None
    last: str | None = None
    length: int | None = None
    """First and last day in ISO 8601, or so many days."""
    name: str | None = None
    number: str | None = None
    """E.164."""

    @property
    def days(self) -> Days:
        return Days(_date(self.first), _date(self.last), self.length)

    def for_days(self, days: Days) -> "Wish":
        return replace(self, first=_iso(days.first), last=_iso(days.last), length=days.length)

    def choosing(self, item: Item) -> "Wish":
        """Another item than before has a price of its own; the rest is kept."""
        same = item.equipment_id == self.equipment_id
        return replace(self, equipment_id=item.equipment_id, daily_price=self.daily_price if same else None)

    def offering(self, what: str, items: tuple[Item, ...]) -> "Wish":
        """The caller wants something else: nothing is chosen any more; the rest is kept."""
        offered = tuple(each.equipment_id for each in items)
        still = self if self.equipment_id in offered else replace(self, equipment_id=None, daily_price=None)
        return replace(still, what=what, offered=offered)

    def without_item(self, instead: tuple[Item, ...]) -> "Wish":
        """The chosen item has gone."""
        return self.offering(self.what, instead)


def wish_in(stored: Mapping[str, Any]) -> Wish:
    """The wish of a conversation's fields; what another release wrote beside it is ignored."""
    known, kept = {field.name for field in fields(Wish)}, cast("dict[str, Any]", stored.get("rental") or {})
    return _WISH.validate_python({name: value for name, value in kept.items() if name in known})


_WISH = TypeAdapter(Wish)


def with_wish(stored: Mapping[str, Any], wish: Wish) -> dict[str, Any]:
    return {**stored, "rental": asdict(wish) | {"offered": list(wish.offered)}}


def missing(wish: Wish) -> Detail | None:
    """The first thing that a booking still needs; None: only the caller's yes."""
    if wish.equipment_id is None:
        return "item"
    return missing_details(wish)


def missing_details(wish: Wish) -> Detail | None:
    """The same, but for the item."""
    if wish.days.first is None:
        return "dates"
    if not wish.name:
        return "name"
    return None if wish.number else "number"


def stage_of(wish: Wish) -> Stage:
    if wish.equipment_id is None:
        return Stage.OFFER if wish.offered else Stage.NEED
    return Stage.DETAILS if missing(wish) else Stage.CONFIRMATION


def may_offer(wish: Wish) -> bool:
    return wish.offers < MOST_OFFERS


def price_of(wish: Wish, item: Item) -> Decimal:
    """A day's, in USD."""
    agreed = Decimal(wish.daily_price) if wish.daily_price else item.daily_rate
    return min(agreed, item.daily_rate)


def complaint(days: Days, today: date) -> Literal["past", "far", "order", "long"] | None:
    """What keeps a machine from being rented on these days."""
    first, last = days.first, last_day(days)
    if first is None or last is None:
        return None
    if first < today:
        return "past"
    if last < first:
        return "order"
    if (first - today).days > MOST_AHEAD:
        return "far"
    return "long" if (last - first).days >= MOST_DAYS else None


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
