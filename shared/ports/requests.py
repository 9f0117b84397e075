"""What callers leave: callbacks, safety reports, the rows of a business."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from shared.ports.receipt import Receipt


@dataclass(frozen=True)
class Callback:
    """A caller's request to be called back. `key` makes it idempotent within its call (PT-66)."""

    call_id: str
    key: str
    tenant_id: str | None
    """None where the directory couldn't be read: then SQL takes the tenant that owns the number `did`."""
    caller: str | None
    """E.164; None when withheld."""
    at: datetime
    callback_number: str | None
    """E.164; None where it is the caller's."""
    reason: str
    caller_name: str | None = None
    preferred_time: str | None = None
    """In the caller's words."""
    did: str | None = None
    """The number dialled, E.164."""
    callback_extension: str | None = None
    """Digits to be dialled when somebody has answered `callback_number`."""


@dataclass(frozen=True)
class SafetyReport:
    """A caller in a crisis, or one who threatens. `key` makes it idempotent within its call."""

    call_id: str
    key: str
    kind: Literal["crisis", "threat"]
    tenant_id: str | None
    caller: str | None
    at: datetime
    utterance: str
    fields: dict[str, Any]
    """For the operator: matched words, transcript."""


class Requests(Protocol):
    """What a caller may leave in any business."""

    async def call_back(self, callback: Callback) -> Receipt: ...

    async def report(self, report: SafetyReport) -> Receipt: ...


class BusinessRows(Protocol):
    """Calls the SQL functions of a business (`supabase/schema/businesses/`). Its store knows their names and
    payloads; the adapter adds stage and release."""

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt: ...

    async def read(self, function: str, payload: dict[str, Any]) -> Any: ...

    async def change(self, function: str, payload: dict[str, Any]) -> Any:
        """A change whose answer the caller waits for: made now or not at all, never kept for later."""
        ...
