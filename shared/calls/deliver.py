"""Delivers events to tenants' webhooks, signed by standard-webhooks; each endpoint gets its own in order."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
import structlog
from standardwebhooks import Webhook

from shared.domain.delivery import Answer, Delivery, Disable, GiveUp, judge
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Alert, Alerts, Clock, Courier, Deliveries

log = structlog.get_logger(__name__)

AT_ONCE = 20
"""Endpoints; each has one delivery at a time."""
CLAIMED_FOR = timedelta(seconds=60)
"""Longer than a post may take. Afterwards another process may try: this one has died."""


@dataclass(frozen=True)
class Deliver:
    """The deliveries of one stage; any number of processes may deliver them."""

    deliveries: Deliveries
    courier: Courier
    alerts: Alerts
    clock: Clock

    async def deliver(self) -> int:
        """One pass: how many tries were made, one at most for each endpoint. Failures are noted, never raised."""
        now = self.clock.now()
        try:
            claimed = await self.deliveries.claim(now, now + CLAIMED_FOR, AT_ONCE)
        except StoreError as error:
            log.warning("deliveries not read", action="deliver", error=str(error))
            return 0
        # side by side: a receiver that hangs keeps no other from its events
        for outcome in await asyncio.gather(*(self._try(each) for each in claimed), return_exceptions=True):
            if isinstance(outcome, BaseException):
                report(outcome, action="deliver")
        return len(claimed)

    async def _try(self, delivery: Delivery) -> None:
        body = orjson.dumps(delivery.body, option=orjson.OPT_SORT_KEYS)
        answer = await self.courier.post(delivery.url, body, signed(delivery, body, self.clock.now()))
        now = self.clock.now()
        verdict = judge(delivery, answer, now)
        log.info(
            "delivery tried",
            action="deliver",
            event_id=delivery.event_id,
            call_id=delivery.call_id,
            attempt=delivery.attempt,
            status=answer.status,
            verdict=type(verdict).__name__,
        )
        try:
            # before the note: a process that dies in between tries once more, and the operator knows
            match verdict:
                case GiveUp():
                    await self._alert(
                        "webhook_dead", "A tenant's webhook didn't take an event for a day", delivery, answer
                    )
                case Disable():
                    await self._alert(
                        "webhook_gone", "A tenant's webhook is gone (410): it gets nothing", delivery, answer
                    )
                case _:
                    pass
            await self.deliveries.note(delivery, answer, verdict, now)
        except StoreError as error:
            log.warning("delivery not noted", action="deliver", event_id=delivery.event_id, error=str(error))

    async def _alert(self, kind: str, title: str, delivery: Delivery, answer: Answer) -> None:
        fields = {"tenant_id": delivery.tenant_id, "event_id": delivery.event_id, "error": answer.error}
        await self.alerts.raise_(Alert(f"{kind}:{delivery.tenant_id}", "notice", title, delivery.call_id, fields))


def signed(delivery: Delivery, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a try. While a secret is being replaced there are two signatures, and either verifies."""
    at = now.astimezone(UTC)
    signatures = [Webhook(secret).sign(delivery.event_id, at, body.decode()) for secret in delivery.secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Pickup",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
