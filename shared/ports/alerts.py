"""Alerts to the operator, and the messages about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

from shared.domain.notification import AlertState, Channel, Due
from shared.ports.receipt import Receipt


@dataclass(frozen=True)
class Alert:
    """What an operator must know. One alert of a key is open at a time in a stage; raising it again counts it up."""

    key: str
    severity: str
    """`page` (P1), `notice`."""
    title: str
    call_id: str | None = None
    fields: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class OpenAlert(Alert):
    """An alert that nobody closed, as it was last raised."""

    release: str
    last_at: datetime
    raised: int
    """How often, since it was opened."""
    first_at: datetime | None = None
    acked_at: datetime | None = None
    """When somebody took it on: it isn't repeated any more."""
    acked_by: str | None = None
    silenced_until: datetime | None = None
    """Until then nothing is sent about it."""


class Alerts(Protocol):
    """The alerts of one stage; the adapter adds the stage, its release and the time."""

    async def raise_(self, alert: Alert) -> Receipt: ...

    async def close(self, key: str) -> Receipt: ...

    async def ack(self, key: str, by: str, silenced_until: datetime | None = None) -> bool:
        """Somebody takes it on. False where no alert of the key is open. Not spooled: it is said to a person."""
        ...

    async def open_alerts(self) -> Sequence[OpenAlert]:
        """Oldest first."""
        ...


@dataclass(frozen=True)
class Notice:
    """One message about an alert, to the people of one channel."""

    subject: str
    text: str
    round: int = 0
    """0 for the first; a repetition goes to the next person, where a channel wakes one at a time."""
    also: tuple[str, ...] = ()
    """Further addresses of the channel: a tenant's, for a danger to its callers."""


class Notifier(Protocol):
    """One way to reach people. A send is bounded, and may be heard twice; every failure is a `NotifierError`."""

    @property
    def channel(self) -> Channel: ...

    async def send(self, notice: Notice) -> None: ...


@runtime_checkable
class Texts(Protocol):
    """Text messages to callers. A send is bounded; every failure is a `NotifierError`, and it may have arrived."""

    async def text(self, to: str, text: str) -> None:
        """`to`: E.164."""
        ...


@dataclass(frozen=True, kw_only=True)
class NotifiableAlert(AlertState):
    """An alert with what was sent about it, and what a message says of it."""

    release: str
    call_id: str | None
    fields: dict[str, Any]
    contact: dict[Literal["mail", "sms"], str | None] | None = None
    """The tenant's, where a real one is concerned."""


@dataclass(frozen=True)
class Claim:
    claimed: bool
    attempts: int
    """This one included."""


class AlertNotices(Protocol):
    """What was sent about a stage's alerts, shared by all processes. A failure is a `StoreError`."""

    async def to_tell(self, since: datetime) -> Sequence[NotifiableAlert]:
        """Open alerts, and those closed since then; pages first."""
        ...

    async def claim(self, alert: NotifiableAlert, message: Due, at: datetime, until: datetime) -> Claim:
        """Of processes that would send the same message, one gets it, until then."""
        ...

    async def note(
        self,
        alert: NotifiableAlert,
        message: Due,
        *,
        sent_at: datetime | None = None,
        given_up_at: datetime | None = None,
        next_at: datetime | None = None,
        error: str | None = None,
    ) -> None:
        """What became of a try: sent, given up, or to be tried again at `next_at`."""
        ...
