"""Tells people of alerts: what is due is claimed, sent, and tried again within limits; the rest is held back."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from shared.domain.notification import COOL_DOWN, Channel, Due, due
from shared.errors import NotifierError, StoreError
from shared.observe import report
from shared.ports import AlertNotices, Clock, Notice, NotifiableAlert, Notifier

T = TypeVar("T")
log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=10)
"""Between two tries; each further pause is twice as long."""
CLAIMED_FOR = timedelta(seconds=60)
"""Longer than a send may take. Afterwards another process may try: this one has died."""
RECENT = timedelta(hours=1)
"""How long after an alert's close its recovery is still told of."""
BLIND_FOR = timedelta(seconds=60)
"""How long the alerts can't be read before that itself is told of."""
TENANTS_OWN = ("crisis", "threat", "over_limit")
"""Alerts that their tenant is told of too: a danger to its callers (PT-70, PT-71), its calls limit used up (PT-13)."""
_MOST_LINES = 12


@dataclass
class Notices:
    """The messages of one stage; `deliver` may run in any number of processes. Kept between passes."""

    stage: str
    alerts: AlertNotices
    notifiers: Sequence[Notifier]
    clock: Clock
    _blind_since: datetime | None = field(default=None, init=False)
    _blindness_sent_at: datetime | None = field(default=None, init=False)

    async def deliver(self) -> int:
        """One pass: how many messages were sent. Failures are noted and tried again by a later pass, never raised."""
        if not self.notifiers:
            return 0
        now = self.clock.now()
        try:
            alerts = await self.alerts.to_tell(now - RECENT)
        except StoreError as error:
            await self._tell_of_blindness(now, error)
            return 0
        self._blind_since = None
        by_channel: dict[Channel, Notifier] = {each.channel: each for each in self.notifiers}
        wakes = self.stage == "production"
        wanted = [(alert, each) for alert in alerts for each in due(alert, by_channel.keys(), now, wakes=wakes)]
        # side by side: a channel that hangs keeps no other from its message (DU-71)
        sends = (self._send(alert, each, by_channel[each.channel]) for alert, each in wanted)
        return sum(await _all_done(sends))

    async def _send(self, alert: NotifiableAlert, message: Due, notifier: Notifier) -> bool:
        now = self.clock.now()
        try:
            claim = await self.alerts.claim(alert, message, now, now + CLAIMED_FOR)
            if not claim.claimed:
                return False
            try:
                await notifier.send(self._notice(alert, message, now))
            except NotifierError as error:
                await self._note_failure(alert, message, claim.attempts, error)
                return False
            await self.alerts.note(alert, message, sent_at=self.clock.now())
        except StoreError as error:
            log.warning("message about an alert not noted", action="notify", key=alert.key, error=str(error))
            return False
        log.info(
            "message about an alert sent", action="notify", key=alert.key, channel=message.channel, kind=message.kind
        )
        return True

    async def _note_failure(self, alert: NotifiableAlert, message: Due, attempts: int, error: NotifierError) -> None:
        last = attempts >= MOST_ATTEMPTS or not error.retryable
        now = self.clock.now()
        log.error(
            "message about an alert not sent",
            action="notify",
            key=alert.key,
            channel=message.channel,
            attempts=attempts,
            given_up=last,
            error=str(error),
        )
        again = None if last else now + FIRST_PAUSE * 2 ** (attempts - 1)
        given_up = now if last else None
        await self.alerts.note(alert, message, given_up_at=given_up, next_at=again, error=str(error))

    async def _tell_of_blindness(self, now: datetime, error: StoreError) -> None:
        """Without the database nobody knows what was sent: that is told of itself, as often as a page (DU-76)."""
        self._blind_since = self._blind_since or now
        sent_at = self._blindness_sent_at
        log.warning("alerts not read", action="notify", error=str(error))
        if now - self._blind_since < BLIND_FOR or (sent_at is not None and now - sent_at < COOL_DOWN):
            return
        self._blindness_sent_at = now
        since = f"{self._blind_since:%Y-%m-%d %H:%M:%S} UTC"
        text = f"Since {since} the alerts of stage {self.stage} can't be read, so no other message comes: {error}"
        notice = Notice(f"[{self.stage}] The database can't be reached", text)
        ours = [each for each in self.notifiers if self.stage == "production" or each.channel != "sms"]
        await _all_done(each.send(notice) for each in ours)

    def _notice(self, alert: NotifiableAlert, message: Due, now: datetime) -> Notice:
        if message.kind == "closed":
            lasted = (alert.closed_at or now) - alert.first_at
            return Notice(f"[{self.stage}] recovered: {alert.title}", f"It lasted {_duration(lasted)}.\n{alert.key}")
        kind = "PAGE" if alert.severity == "page" and self.stage == "production" else "notice"
        again = ", again" if message.kind == "again" else ""
        contact = None
        if alert.contact is not None and message.channel != "chat" and alert.key.partition(":")[0] in TENANTS_OWN:
            contact = alert.contact.get(message.channel)
        also = () if contact is None else (contact,)
        return Notice(f"[{self.stage}] {kind}{again}: {alert.title}", _text(alert), message.round, also)


async def _all_done(sends: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of those that succeeded, once all have ended; what the others raised is reported."""
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            report(outcome, action="notify")
    return [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]


def _text(alert: NotifiableAlert) -> str:
    lines = [f"key: {alert.key}", f"since {alert.first_at:%Y-%m-%d %H:%M:%S} UTC, raised {alert.raised} times"]
    if alert.earlier is not None and alert.earlier.swings > 1:
        lines.append(f"it came and went {alert.earlier.swings} times since the last message")
    if alert.call_id:
        lines.append(f"call: {alert.call_id}  (pickup calls show {alert.call_id[:8]})")
    lines += [f"{name}: {value}" for name, value in _plain(alert.fields).items()]
    return "\n".join([*lines[:_MOST_LINES], f'to take it on: pickup alerts ack "{alert.key}"'])


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is short enough to be read on a telephone; what callers said stays in the database."""
    return {
        name: value
        for name, value in fields.items()
        if isinstance(value, str | int | float) and value != "" and len(str(value)) <= 200
    }


def _duration(lasted: timedelta) -> str:
    minutes, seconds = divmod(int(lasted.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
