"""What reaches Sentry of a call that went wrong, as it comes over the wire."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sentry_sdk

from lab.person.scenario import Scenario
from lab.providers.control import LabControl
from shared.config import Settings
from shared.observe import init_sentry

CALLER = "+12065550147"
WITHOUT_TEMPLATE = "+18005550197"


@pytest.fixture
async def sentry(settings: Settings, lab: LabControl) -> AsyncIterator[None]:
    await lab.clear_sentry()
    init_sentry(settings)
    yield
    await asyncio.to_thread(sentry_sdk.get_client().close)
    sentry_sdk.get_global_scope().set_client(None)


@pytest.mark.requirement("PT-21")
async def test_given_an_error_of_ours_in_a_call_then_sentry_is_told_which_call_it_was_and_not_who_called(
    sentry: None, telephone: Any, lab: LabControl
) -> None:
    call = await telephone.call(
        Scenario(name="listens", description="Listens.", did=WITHOUT_TEMPLATE, caller=CALLER, steps=("listen",))
    )
    await asyncio.to_thread(sentry_sdk.flush, 10.0)

    (event,) = await lab.sentry_events()
    assert event["exception"]["values"][-1]["type"] == "TemplateError"
    tags = event["tags"]
    assert (tags["call_id"], tags["stage"], tags["release"]) == (call.call_id, "local", "test")
    assert (event["environment"], event["release"]) == ("local", "test")
    assert tags["code"] == "template_invalid"
    everything = re.sub(r"[^0-9]", "", json.dumps(await lab.sentry_items()))
    assert CALLER[2:] not in everything
