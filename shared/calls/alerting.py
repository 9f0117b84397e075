"""Alerts about one call: collected while it is served, stored together, so that they never hold or break it."""

from datetime import datetime
from typing import Any

import structlog

from shared.domain.routing import Decision, Reason
from shared.errors import StoreError
from shared.ports import Alert, Alerts

log = structlog.get_logger(__name__)

REDIS_LOST = "redis_lost"


class CallAlerts:
    """The alerts about one call. Of two with the same key the first is kept."""

    def __init__(self, call_id: str, alerts: Alerts) -> None:
        self._call_id = call_id
        self._alerts = alerts
        self._waiting: dict[str, Alert] = {}
        self._recovered: set[str] = set()

    def add(self, key: str, severity: str, title: str, **fields: Any) -> None:
        self._waiting.setdefault(key, Alert(key, severity, title, self._call_id, fields))

    def recovered(self, *keys: str) -> None:
        """What these alerts are about works again: they are closed."""
        self._recovered.update(keys)

    def redis_lost(self, error: StoreError) -> None:
        self.add(REDIS_LOST, "notice", "Redis doesn't answer: calls go on without it", error=str(error))

    def decided(self, decision: Decision, number: str, tenant_id: str | None, ringing_at: datetime) -> None:
        """The alert that a decision calls for, if any; a used up calls limit is one alert a tenant and day (PT-13)."""
        fields = {"number": number, "tenant_id": tenant_id}
        match decision.reason:
            case Reason.NUMBER_UNKNOWN | Reason.NUMBER_INACTIVE | Reason.NUMBER_WITHOUT_TENANT | Reason.WRONG_STAGE:
                reason = decision.reason.value.lower()
                title = f"A call came for {number}: {reason.replace('_', ' ')}"
                self.add(f"{reason}:{number}", "notice", title, **fields)
            case Reason.OVER_LIMIT:
                key = f"over_limit:{tenant_id}:{ringing_at.date().isoformat()}"
                self.add(key, "notice", f"The calls limit of {number} is used up", **fields)
            case Reason.AT_CAPACITY:
                self.add("at_capacity", "page", "All workers are full: calls aren't answered", **fields)
            case Reason.UNSIGNED:
                title = "A call came past the carrier and was refused: it lacks the signed header of call control"
                self.add("unsigned_call", "notice", title, **fields)
            case _:
                pass

    async def send(self) -> None:
        """Raise the collected alerts and close those that recovered; what can't be stored is logged instead."""
        waiting, self._waiting = self._waiting, {}
        for alert in waiting.values():
            try:
                await self._alerts.raise_(alert)
            except StoreError as error:
                log.error("alert not stored", action="alert", key=alert.key, title=alert.title, error=str(error))
        if not self._recovered:
            return
        try:
            for alert in await self._alerts.open_alerts():
                if alert.key in self._recovered:
                    await self._alerts.close(alert.key)
        except StoreError as error:
            log.warning("alerts not closed", action="alert", keys=sorted(self._recovered), error=str(error))
