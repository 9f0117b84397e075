"""Which messages are due about an alert: to whom they go, how often they repeat, and when they are held back."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Channel = Literal["sms", "mail", "chat"]
Kind = Literal["opened", "again", "closed"]

COOL_DOWN = timedelta(minutes=30)
"""How long a further alert of the same key and cause is held back after the last message (DU-72, DU-75)."""
REPEAT = timedelta(minutes=15)
"""An alert that wakes and that nobody acknowledges is repeated, to the next person (DU-77)."""
GATHER = timedelta(minutes=10)
"""Further missed calls are told of together (DU-73)."""
MOST_REPEATS = 8
_GATHERED = ("missed_call",)
_WAKING: Channel = "sms"
"""Never sent for what wakes nobody: notices, recoveries, and all that happens in a preview."""


@dataclass(frozen=True)
class Message:
    """A message about an alert that was begun."""

    channel: Channel
    kind: Kind
    round: int
    """0 for the first of its kind."""
    raised: int
    """How often the alert had been raised."""
    tried_at: datetime
    next_at: datetime
    """Before that nobody else tries it."""
    sent_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.sent_at is not None or self.given_up_at is not None


@dataclass(frozen=True)
class Earlier:
    """The latest message about an earlier alert of the same key."""

    at: datetime
    cause: str
    swings: int = 0
    """How many alerts of the key were opened since that one."""


@dataclass(frozen=True)
class AlertState:
    """An alert, open or closed a moment ago, with what was sent about it."""

    alert_id: str
    key: str
    severity: str
    title: str
    raised: int
    first_at: datetime
    cause: str = ""
    closed_at: datetime | None = None
    acked_at: datetime | None = None
    silenced_until: datetime | None = None
    messages: tuple[Message, ...] = ()
    earlier: Earlier | None = None


@dataclass(frozen=True)
class Due:
    """A message to send now, once: alert, channel, kind and round are its identity."""

    channel: Channel
    kind: Kind
    round: int


def due(alert: AlertState, channels: Collection[Channel], now: datetime, *, wakes: bool) -> tuple[Due, ...]:
    """`wakes`: whether pages of this stage may wake a person; production's do, a preview's are notices."""
    is_page = wakes and alert.severity == "page"
    ours: list[Channel] = [channel for channel in channels if is_page or channel != _WAKING]
    begun = {(each.channel, each.kind, each.round): each for each in alert.messages}
    wanted = [*_again(alert, channels, now)]
    wanted += _closing(alert, ours) if alert.closed_at else _opening(alert, ours, now, is_page)
    return tuple(
        dict.fromkeys(each for each in wanted if _may_try(begun.get((each.channel, each.kind, each.round)), now))
    )


def _may_try(begun: Message | None, now: datetime) -> bool:
    return begun is None or (not begun.is_over and begun.next_at <= now)


def _again(alert: AlertState, channels: Collection[Channel], now: datetime) -> Iterator[Due]:
    """Messages that were begun and have failed, or whose sender died; none about an alert that closed meanwhile."""
    for each in alert.messages:
        moot = alert.closed_at is not None and each.kind != "closed"
        if each.channel in channels and not each.is_over and not moot:
            yield Due(each.channel, each.kind, each.round)


def _closing(alert: AlertState, channels: Collection[Channel]) -> Iterator[Due]:
    """One notice of recovery wherever the alert was told of, but nobody is woken for it (DU-74)."""
    if any(each.sent_at is not None for each in alert.messages):
        yield from (Due(channel, "closed", 0) for channel in channels if channel != _WAKING)


def _opening(alert: AlertState, channels: list[Channel], now: datetime, is_page: bool) -> Iterator[Due]:
    if alert.silenced_until is not None and now < alert.silenced_until:
        return
    sent = [each for each in alert.messages if each.kind != "closed"]
    if not sent and _is_held_back(alert, now):
        return
    yield from (Due(channel, "opened", 0) for channel in channels)
    if not sent or not is_page or alert.acked_at is not None:
        return
    last = max(sent, key=lambda each: (each.tried_at, each.round))
    gathered = alert.key.split(":")[0] in _GATHERED and alert.raised > last.raised
    round_ = max(each.round for each in sent) + 1
    if now - last.tried_at >= (GATHER if gathered else REPEAT) and round_ <= MOST_REPEATS:
        yield from (Due(channel, "again", round_) for channel in channels)


def _is_held_back(alert: AlertState, now: datetime) -> bool:
    """An alert that comes and goes is told of once in a while, a new cause of it at once."""
    earlier = alert.earlier
    return earlier is not None and earlier.cause == alert.cause and now - earlier.at < COOL_DOWN
