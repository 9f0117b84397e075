"""The carrier's settings are looked at, and an alert stands for as long as they aren't right."""

from dataclasses import replace

from background.rounds import Rounds
from shared.adapters.memory import MemoryAlerts, MemoryCarrier, MemorySwitchboard
from shared.calls.carrier_setup import CARRIER_SETUP, CarrierSetup
from shared.config import changed
from shared.domain.telephony.application import VoiceApplication
from shared.services import Services

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


async def test_given_a_stage_with_call_control_when_its_watchdog_makes_a_round_then_the_settings_are_checked(
    services: Services,
) -> None:
    carrier = MemoryCarrier()
    settings = changed(
        services.settings,
        telnyx_api_key="KEY",
        telnyx_public_key="key",
        sip_host="sip.agents.example",
        public_url="https://hooks.example/",
        sip_user="carrier",
        sip_password="only-for-these-tests-here",
        livekit_url="ws://127.0.0.1:1",
        livekit_api_key="pickup",
        livekit_api_secret="only for this test of the settings",
    )
    stage = replace(services, settings=settings, carrier=carrier, switchboard=MemorySwitchboard())
    await Rounds(stage).go()
    (alert,) = [one for one in await services.alerts.open_alerts() if one.key == CARRIER_SETUP]
    assert URL in alert.title
    assert replace(services).carrier_setup is None, "without call control there is nothing to check"
