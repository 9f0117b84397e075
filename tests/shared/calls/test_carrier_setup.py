"""The carrier's settings are looked at, and an alert stands for as long as they aren't right."""

from shared.adapters.memory import MemoryAlerts, MemoryCarrier
from shared.calls.carrier_setup import CARRIER_SETUP, CarrierSetup
from shared.domain.telephony.application import VoiceApplication

URL = "https://hooks.example/telnyx"


async def test_given_an_application_without_failover_when_checked_then_an_alert_stands_until_it_has_one() -> None:
    carrier, alerts = MemoryCarrier(), MemoryAlerts()
    setup = CarrierSetup(carrier, alerts, URL)
    carrier.voice_applications = [VoiceApplication("ours", URL, "", 5, 12)]
    (found,) = await setup.check()
    (alert,) = await alerts.open_alerts()
    assert (alert.key, alert.severity, alert.fields) == (CARRIER_SETUP, "page", {"why": [found]})
    assert "failover" in alert.title
    carrier.voice_applications = [VoiceApplication("ours", URL, "https://failover.example/telnyx", 5, 12)]
    assert await setup.check() == ()
    assert await alerts.open_alerts() == []
