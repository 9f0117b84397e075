"""Which routes the app has, by the settings."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr
from telnyx_world import PUBLIC_KEY, PUBLIC_URL, SIP_HOST
from webhooks_world import KEY, SECRET

from shared.errors import ConfigError
from shared.services import Services
from webhooks.app import create_app

CARRIER = {
    "telnyx_api_key": SecretStr("KEY"),
    "telnyx_public_key": PUBLIC_KEY,
    "sip_host": SIP_HOST,
    "public_url": PUBLIC_URL,
}


def paths(services: Services, **told: Any) -> set[str]:
    settings = {"livekit_api_key": KEY, "livekit_api_secret": SecretStr(SECRET)} | told
    app = create_app(replace(services, settings=services.settings.model_copy(update=settings)))
    return set(app.openapi()["paths"])


async def test_given_no_carrier_when_the_app_is_made_then_nothing_is_there_for_one(services: Services) -> None:
    without, with_one = paths(services), paths(services, **CARRIER)
    assert {"/livekit", "/consent", "/health/live", "/health/ready"} <= without
    assert with_one - without == {"/telnyx", "/lines/{name}.wav"}


@pytest.mark.parametrize("missing", ["telnyx_api_key", "sip_host", "public_url"])
async def test_given_a_carrier_by_half_when_the_app_is_made_then_what_to_set_is_said(
    services: Services, missing: str
) -> None:
    with pytest.raises(ConfigError, match=r"TELNYX_API_KEY, PICKUP_SIP_HOST and PICKUP_PUBLIC_URL"):
        paths(services, **CARRIER | {missing: None})


async def test_given_a_key_that_is_none_when_the_app_is_made_then_the_setting_is_named(services: Services) -> None:
    with pytest.raises(ConfigError, match="TELNYX_PUBLIC_KEY"):
        paths(services, **CARRIER | {"telnyx_public_key": "no key"})
