"""Telling the operator: alerts that never hold or break the call they are about."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from shared.domain.routing import Decision, Reason
from shared.errors import StoreError
from shared.ports import Alert, Alerts, Clock

log = structlog.get_logger(__name__)

REDIS_LOST = "redis_lost"


@dataclass
class CallAlerts:
    """What is to be told about one call, gathered while it is served and told together."""

    call_id: str
    stage: str
    release: str
    clock: Clock
    waiting: list[Alert] = field(default_factory=list[Alert])
    recovered: set[str] = field(default_factory=set[str])
    """Keys of what was seen to work: their alerts are closed."""

    def note(self, key: str, severity: str, title: str, **fields: Any) -> None:
        """One trouble; the first word about a key is the one that is told."""
        if not any(alert.key == key for alert in self.waiting):
            at = self.clock.now()
            self.waiting.append(Alert(key, severity, title, self.stage, self.release, at, self.call_id, fields))

    def redis_lost(self, error: Exception) -> None:
        self.note(REDIS_LOST, "notice", "Redis doesn't answer: calls go on without it", error=str(error) or "timeout")

    def decided(self, decision: Decision, number: str, tenant_id: str | None, ringing_at: datetime) -> None:
        """What an operator should know of a decision; a tenant hears of its used up limit once a day (PT-13)."""
        fields = {"number": number, "tenant_id": tenant_id}
        match decision.reason:
            case Reason.NUMBER_UNKNOWN | Reason.NUMBER_INACTIVE | Reason.NUMBER_WITHOUT_TENANT | Reason.WRONG_STAGE:
                reason = decision.reason.value.lower()
                title = f"A call came for {number}: {reason.replace('_', ' ')}"
                self.note(f"{reason}:{number}", "notice", title, **fields)
            case Reason.OVER_LIMIT:
                key = f"over_limit:{tenant_id}:{ringing_at.date().isoformat()}"
                self.note(key, "notice", f"The calls limit of {number} is used up", **fields)
            case Reason.AT_CAPACITY:
                self.note("at_capacity", "page", "All workers are full: calls aren't answered", **fields)
            case _:
                pass

    async def tell(self, alerts: Alerts, seconds: float) -> None:
        """Raise what waits, close what works again; each step bounded. What can't be stored is logged instead."""
        while self.waiting:
            alert = self.waiting.pop(0)
            try:
                async with asyncio.timeout(seconds):
                    await alerts.raise_(alert)
            except (StoreError, TimeoutError) as error:
                log.error("alert not stored", action="alert", key=alert.key, title=alert.title, error=str(error))
        if not self.recovered:
            return
        try:
            async with asyncio.timeout(seconds):
                for alert in await alerts.open_alerts(self.stage):
                    if alert.key in self.recovered:
                        await alerts.close(alert.key, self.stage, self.clock.now())
        except (StoreError, TimeoutError) as error:
            log.warning("alerts not closed", action="alert", keys=sorted(self.recovered), error=str(error))
