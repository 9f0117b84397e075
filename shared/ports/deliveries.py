"""Results of calls, and the webhooks of tenants that are told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from shared.domain.call import Usage
from shared.domain.delivery import Answer, Delivery, State, Verdict
from shared.domain.result import ResultField, Talk, Value


@dataclass(frozen=True)
class WantedResult:
    """A result that waits to be filled in; this process has it until the time that it named."""

    call_id: str
    fields: tuple[ResultField, ...]
    attempt: int
    """1 for the first."""
    talk: Talk


@dataclass(frozen=True)
class Reading:
    """What the model answered, and what it used."""

    answer: str
    usage: Usage


class Results(Protocol):
    """The results of a stage's calls. A failure is a `StoreError`."""

    async def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[WantedResult]:
        """Those of completed calls that are due, oldest first, each for this process until then."""
        ...

    async def fill(
        self, call_id: str, values: Mapping[str, Value], usage: Usage, cost_usd: Decimal | None, at: datetime
    ) -> None: ...

    async def fail(self, call_id: str, error: str, at: datetime, next_at: datetime | None) -> None:
        """To be tried again at `next_at`; None: given up."""
        ...


class ResultReader(Protocol):
    """The model that reads a call's result out of its transcript; bounded. A failure is a `ProviderError`."""

    async def read(self, fields: Sequence[ResultField], talk: Talk) -> Reading: ...


@dataclass(frozen=True, kw_only=True)
class DeliveryEntry:
    """A delivery as an operator reads it."""

    event_id: str
    kind: str
    tenant_id: str
    tenant_name: str
    call_id: str | None
    url: str
    state: State
    attempts: int
    created_at: datetime
    next_at: datetime
    ended_at: datetime | None
    last_status: int | None
    last_error: str | None
    disabled_at: datetime | None
    """Since when nothing is sent to its webhook."""
    body: dict[str, Any] | None
    """As it was sent; None before the first try."""
    log: tuple["DeliveryAttempt", ...] = ()


@dataclass(frozen=True)
class DeliveryAttempt:
    attempt: int
    at: datetime
    status: int | None
    error: str | None
    seconds: float


class Deliveries(Protocol):
    """The outbox of a stage. A failure is a `StoreError`."""

    async def claim(self, at: datetime, until: datetime, limit: int) -> Sequence[Delivery]:
        """At most one for each endpoint, in its order; the endpoint is this process's until then."""
        ...

    async def note(self, delivery: Delivery, answer: Answer, verdict: Verdict, at: datetime) -> None:
        """What came of the try; the endpoint is free again. Twice is once."""
        ...

    async def recent(self, limit: int, state: State | None = None) -> Sequence[DeliveryEntry]:
        """Newest first."""
        ...

    async def find(self, event_id: str) -> DeliveryEntry | None:
        """With its log."""
        ...

    async def retry(self, event_id: str, at: datetime) -> bool:
        """Try it again at once, and for another day; False where there is none, or it was delivered."""
        ...


class TenantWebhooks(Protocol):
    """Where a stage's tenants are told of their calls. A failure is a `StoreError`."""

    async def set(self, tenant_id: str, url: str, secret: str, *, with_transcript: bool) -> bool:
        """True where it is new and `secret` signs; one that was there gets the address, and keeps its own secret."""
        ...

    async def rotate(self, tenant_id: str, secret: str, previous_until: datetime) -> bool:
        """The new secret signs, and the one before as well until then. False where the tenant has no webhook."""
        ...

    async def remove(self, tenant_id: str) -> bool:
        """With its deliveries, those that wait too. False where the tenant has no webhook."""
        ...


class Courier(Protocol):
    """Posts to a tenant's receiver: bounded in time and in what it reads, follows no redirect; raises nothing."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer: ...
