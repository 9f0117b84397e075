"""The orders of a shop (supabase/schema/businesses/orders.sql)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from agent.businesses.orders.rules import Order, Outcome, Status
from shared.errors import StoreError
from shared.ports import BusinessRows, Receipt

T = TypeVar("T")


@dataclass(frozen=True)
class Decision:
    """What a customer decided about the order as they heard it. `key` makes it idempotent within its call."""

    call_id: str
    key: str
    tenant_id: str | None
    caller: str | None
    """E.164; None when withheld."""
    at: datetime
    order_number: str
    version: int
    """The order's, when it was read to them: another one is refused."""
    outcome: Outcome
    reason: str | None = None
    address: str | None = None
    """The new one."""
    delivery_time: str | None = None
    """The new one, in words."""


class OrderStore:
    def __init__(self, rows: BusinessRows) -> None:
        self._rows = rows

    async def of_caller(self, tenant_id: str, caller: str | None) -> list[Order]:
        """The orders of the telephone that calls, newest first. Raises `StoreError`."""
        return await self._find({"tenant_id": tenant_id, "caller": caller})

    async def of_number(
        self, tenant_id: str, order_number: str, *, caller: str | None, postcode: str | None
    ) -> list[Order]:
        """The order with this number, or these digits: none where neither telephone nor postcode are its customer's.
        Raises `StoreError`."""
        wanted = {"tenant_id": tenant_id, "caller": caller, "order_number": order_number, "postcode": postcode}
        return await self._find(wanted)

    async def decide(self, decision: Decision) -> Receipt:
        """Raises `StoreError` where the order isn't as the customer heard it any more."""
        return await self._rows.write("set_order_outcome_v1", asdict(decision))

    async def put(self, tenant_id: str, orders: Sequence[Mapping[str, Any]], at: datetime) -> "Put":
        """The merchant's orders, by the columns of the table. What customers decided stays. Raises `StoreError`."""
        wanted = {"tenant_id": tenant_id, "orders": orders, "at": at}
        return _parsed(_PUT, await self._rows.read("put_orders_v1", wanted))

    async def recent(self, tenant_id: str, status: Status | None, limit: int) -> list["ListedOrder"]:
        """Newest first. Raises `StoreError`."""
        wanted = {"tenant_id": tenant_id, "status": status, "limit": limit}
        return _parsed(_LISTED, await self._rows.read("orders_v1", wanted))

    async def _find(self, wanted: dict[str, Any]) -> list[Order]:
        return _parsed(_ORDERS, await self._rows.read("order_of_caller_v1", wanted))


@dataclass(frozen=True)
class Put:
    """What an import did."""

    added: int
    changed: int


@dataclass(frozen=True, kw_only=True)
class ListedOrder(Order):
    """An order as the merchant sees it."""

    customer_phone: str
    decided_at: datetime | None


_ORDERS = TypeAdapter(list[Order])
_LISTED = TypeAdapter(list[ListedOrder])
_PUT = TypeAdapter(Put)


def _parsed(kind: TypeAdapter[T], answer: Any) -> T:
    """Raises `StoreError` for an answer of another shape."""
    try:
        return kind.validate_python(answer)
    except ValidationError as error:
        raise StoreError(f"the orders can't be read: {error}", "malformed") from error
