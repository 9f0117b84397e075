"""The watchdog's process delivers what calls leave behind, as `pickup up` starts it."""

import asyncio
import base64
import signal
from collections.abc import Callable

from stores_world import NOON, completion
from webhooks_world import Process, environment_of, started

from lab.receiver import open_receiver
from shared.config import Settings
from shared.domain.call import CallOpening
from shared.services import Services
from shared.wiring import open_outbox

__all__ = ["started"]

TENANT = "00000000-0000-4000-a000-000000000001"
SECRET = f"whsec_{base64.b64encode(b'w' * 32).decode()}"


async def test_given_finished_calls_when_the_watchdog_runs_then_their_tenant_is_sent_them_in_order(
    started: Callable[..., Process], settings: Settings, services: Services
) -> None:
    calls = [f"call-{number}" for number in range(3)]
    async with open_outbox(settings) as outbox, open_receiver(SECRET) as receiver:
        await outbox.webhooks.set(TENANT, receiver.url, SECRET, with_transcript=False)
        for call_id in calls:
            opening = ("local", "r", "phone", "1", "+12065550100", "2", "+12065550142", TENANT, "church", {}, NOON)
            await services.calls.open(CallOpening(call_id, *opening))
            await services.calls.complete(completion(call_id))
        process = started("background.watchdog", environment_of(settings))
        events = await receiver.events(3, seconds=20)
        process.signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait) == 0
    assert [event["data"]["call_id"] for event in events] == calls
