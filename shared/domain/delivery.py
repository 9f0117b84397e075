"""Deliveries to a tenant's webhook: what one is, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

GIVE_UP_AFTER = timedelta(hours=24)
PAUSES = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 30, 60, 120, 300, 300, 600, 900, 1800, 3600, 3600, 7200, 7200, 10800, 14400, 14400, 18000)
)
"""Before the second try, the third …; the last one again and again."""
GONE = 410
_PASSING = (408, 425, 429)
"""Of the statuses from 400 to 499 those that say nothing about the message."""

State = Literal["waiting", "delivered", "dead"]


@dataclass(frozen=True)
class Delivery:
    """One try of a delivery, claimed by one process."""

    event_id: str
    """The same at each try, so that a receiver which gets it twice can tell."""
    attempt: int
    """1 for the first."""
    failures: int
    """Tries that failed since `since`."""
    since: datetime
    """When it became due first, or an operator had it tried again."""
    tenant_id: str
    call_id: str | None
    url: str
    secrets: tuple[str, ...]
    """`whsec_…`: the current one, and the one before as long as it holds."""
    body: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the receiver answered."""

    status: int | None
    """Of HTTP; None: it gave no answer."""
    error: str = ""
    """Why there was none, or what the receiver said with its refusal."""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True)
class Done:
    pass


@dataclass(frozen=True)
class RetryAt:
    at: datetime
    holds_line: bool
    """Whether later deliveries of the endpoint wait for it: the receiver is away. One that refuses this message may
    take the next ones."""


@dataclass(frozen=True)
class GiveUp:
    """A dead letter."""


@dataclass(frozen=True)
class Disable:
    """The receiver is gone for good: nothing is sent until the webhook is set anew, and nothing is lost."""


Verdict = Done | RetryAt | GiveUp | Disable


def judge(delivery: Delivery, answer: Answer, now: datetime) -> Verdict:
    """What follows from a try. The last one is made 24 h after the first, whatever the pauses are."""
    if answer.ok:
        return Done()
    if answer.status == GONE:
        return Disable()
    last_at = delivery.since + GIVE_UP_AFTER
    if now >= last_at:
        return GiveUp()
    pause = PAUSES[min(delivery.failures, len(PAUSES) - 1)]
    refused = answer.status is not None and 400 <= answer.status < 500 and answer.status not in _PASSING
    return RetryAt(min(now + pause, last_at), holds_line=not refused)
