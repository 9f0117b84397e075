"""A whole call, typed instead of spoken: its result is read from its transcript and comes to the tenant's receiver."""

import base64
from typing import Any

import pytest
from verifier_clock import set_verifier_clock

from agent.speech.engines import connections, open_engines
from bench.sloppy.trial import trial
from lab.providers.control import LabControl
from lab.receiver import open_receiver
from shared.config import Settings, needed
from shared.services import Services
from shared.wiring import open_outbox, open_outside

TENANT = "00000000-0000-4000-a000-000000000001"
SECRET = f"whsec_{base64.b64encode(b't' * 32).decode()}"
ASKS_FOR_A_PRAYER = 2
"""The seed of such a caller."""


async def test_given_a_call_when_it_is_over_then_its_result_comes_signed_to_its_tenants_receiver_once(
    services: Services, settings: Settings, lab: LabControl, ear: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_verifier_clock(monkeypatch, services.clock.now)
    async with open_outbox(settings) as outbox, open_receiver(SECRET) as receiver, open_outside(settings) as outside:
        await outbox.webhooks.set(TENANT, receiver.url, SECRET, with_transcript=True)
        async with connections(), open_engines(needed(settings.speech), ear) as engines:
            made = await trial(ASKS_FOR_A_PRAYER, services, engines, model="scripted")
        assert made.live, made.talk
        results, deliveries = services.fill_results(outside.reader), services.deliver(outside.courier)
        assert await deliveries.deliver() == 0, "its result isn't filled yet"
        assert [await results.fill() for _ in range(2)] == [1, 0]
        assert [await deliveries.deliver() for _ in range(2)] == [1, 0]
    (record,) = await services.records.recent("local", 5)
    assert receiver.tried == [(f"call_completed_{record.call_id}", 204)]
    (event,) = receiver.taken
    data = event["data"]
    assert (event["type"], data["call_id"], data["outcome"]) == ("call.completed", record.call_id, record.outcome)
    assert data["result"].keys() == {"reason", "caller_name", "wants_callback"}
    assert data["result"]["reason"] == "prayer"
    assert (record.cost_usd, data["cost_usd"]) == (None, None), "the scripted model has no price, and unknown isn't 0"
    said = [line["text"] for line in data["transcript"] if line["speaker"] == "caller"]
    assert said == [text for speaker, text in made.talk if speaker == "caller"]
