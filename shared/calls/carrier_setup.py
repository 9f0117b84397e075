"""Looks whether the carrier's voice application is set as it must be; operators hear of it before a caller does."""

from dataclasses import dataclass

import structlog

from shared.domain.telephony.application import shortcomings
from shared.ports import Alert, Alerts, Carrier

log = structlog.get_logger(__name__)

CARRIER_SETUP = "carrier_setup"
"""Key of the alert."""


@dataclass(frozen=True)
class CarrierSetup:
    carrier: Carrier
    alerts: Alerts
    webhook_url: str
    """Where the carrier delivers this stage's webhooks."""

    async def check(self) -> tuple[str, ...]:
        """What is wrong, a sentence each. Raises `CarrierError`, `StoreError`."""
        found = shortcomings(await self.carrier.applications(), self.webhook_url)
        if found:
            log.error("carrier isn't set up", action="carrier_setup", why=list(found))
            title = f"The carrier's application isn't set as docs/deploy.md asks: {found[0]}"
            await self.alerts.raise_(Alert(CARRIER_SETUP, "page", title, fields={"why": list(found)}))
        elif any(alert.key == CARRIER_SETUP for alert in await self.alerts.open_alerts()):
            await self.alerts.close(CARRIER_SETUP)
        return found
