"""The stock of an equipment rental and its bookings (supabase/schema/businesses/rental.sql)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from shared.errors import StoreError
from shared.ports import BusinessRows


@dataclass(frozen=True)
class Item:
    """One machine; one that looks alike is an item of its own."""

    equipment_id: str
    name: str
    category: str
    description: str
    daily_rate: Decimal
    """USD."""
    status: Literal["AVAILABLE", "RENTED"]
    version: int

    @property
    def available(self) -> bool:
        return self.status == "AVAILABLE"


@dataclass(frozen=True)
class Stock:
    """All items of a tenant but those out of service."""

    version: int
    """Rises with each change of any of them."""
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Booking:
    """What a caller has said yes to. `key` makes it one booking, however often it is asked for."""

    call_id: str
    key: str
    tenant_id: str
    caller: str | None
    """E.164; None when withheld."""
    at: datetime
    equipment_id: str
    customer_name: str
    customer_phone: str
    """E.164."""
    starts_on: date
    ends_on: date
    daily_price: Decimal


@dataclass(frozen=True)
class Booked:
    booking_id: str
    price: Decimal
    """For all days."""
    version: int
    """Of the stock, which has this booking."""


@dataclass(frozen=True)
class Refused:
    reason: Literal["UNKNOWN_ITEM", "OTHER_TENANT", "OUT_OF_SERVICE", "RENTED", "PRICE_TOO_LOW", "DATES"]
    version: int
    """Of the stock that refused it."""


class RentalStore:
    """Raises `StoreUnavailable` where it may work later, else `StoreError`."""

    def __init__(self, rows: BusinessRows) -> None:
        self._rows = rows

    async def list(self, tenant_id: str) -> Any:
        """The stock in JSON's types, as copies of it are kept: see `stock_of`."""
        return await self._rows.read("list_equipment_v1", {"tenant_id": tenant_id})

    async def accepts(self, tenant_id: str, equipment_id: str, daily_price: Decimal) -> bool:
        """Whether the item goes for so much a day. The least that is agreed to never leaves Postgres (RP-38)."""
        offer = {"tenant_id": tenant_id, "equipment_id": equipment_id, "daily_price": daily_price}
        return _read(dict[str, bool], await self._rows.read("offer_price_v1", offer))["accepted"]

    async def book(self, booking: Booking) -> Booked | Refused:
        answer = await self._rows.change("book_equipment_v1", booking.__dict__)
        outcome = _read(dict[str, Any], answer)
        return _read(Booked if outcome.get("booked") else Refused, outcome)


def stock_of(answer: Any) -> Stock:
    """Raises `StoreError` where it is none."""
    return _read(Stock, answer)


def _read(kind: Any, answer: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(answer)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise StoreError(f"the rental's store gave a malformed answer: {wrong}", "malformed") from error
