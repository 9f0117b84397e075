"""Which routes the app has, by the settings."""

from dataclasses import replace
from typing import Any

import pytest
from telnyx_world import PUBLIC_KEY, PUBLIC_URL, SIP_HOST
from webhooks_world import KEY, NOWHERE, SECRET

from shared.config import changed
from shared.errors import ConfigError
from shared.services import Services
from webhooks.app import create_app

LIVEKIT = {"livekit_url": NOWHERE, "livekit_api_key": KEY, "livekit_api_secret": SECRET}
CARRIER = {
    "telnyx_api_key": "KEY",
    "telnyx_public_key": PUBLIC_KEY,
    "sip_host": SIP_HOST,
    "public_url": PUBLIC_URL,
    "sip_user": "carrier",
    "sip_password": "only-for-these-tests-here",
}


def paths(services: Services, **overrides: Any) -> set[str]:
    app = create_app(replace(services, settings=changed(services.settings, **LIVEKIT | overrides)))
    return set(app.openapi()["paths"])


async def test_given_no_carrier_when_the_app_is_made_then_nothing_is_there_for_one(services: Services) -> None:
    without, with_one = paths(services), paths(services, **CARRIER)
    assert {"/livekit", "/consent", "/health/live", "/health/ready"} <= without
    assert with_one - without == {"/telnyx", "/lines/{name}.wav"}


async def test_given_a_key_that_is_none_when_the_app_is_made_then_the_setting_is_named(services: Services) -> None:
    with pytest.raises(ConfigError, match="TELNYX_PUBLIC_KEY"):
        paths(services, **CARRIER | {"telnyx_public_key": "no key"})
