"""Deliveries over the real adapters to the lab's receiver, which verifies by the stock library."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from stores_world import NOON, completion
from verifier_clock import set_verifier_clock

from lab.receiver import Receiver, open_receiver
from shared.adapters import courier
from shared.adapters.courier import open_courier
from shared.adapters.memory import FixedClock
from shared.calls.deliver import Deliver, signed
from shared.config import Settings
from shared.domain.call import CallOpening
from shared.domain.delivery import Delivery
from shared.errors import StoreUnavailable
from shared.services import Outbox, Services
from shared.wiring import open_outbox

GRACE, HARBOR = "00000000-0000-4000-a000-000000000001", "00000000-0000-4000-a000-000000000002"
OLD, NEW = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"o", b"n"))


@dataclass
class Post:
    """The deliveries of stage `local`, with a clock that the test moves."""

    services: Services
    outbox: Outbox
    clock: FixedClock
    deliver: Deliver
    receiver: Receiver

    async def call(self, tenant_id: str = GRACE) -> str:
        """A call that has just ended; gives its id."""
        call_id = base64.b32encode(datetime.now(UTC).isoformat().encode()).decode().rstrip("=").lower()[-26:]
        await self.services.calls.open(
            CallOpening(
                call_id,
                "local",
                "test",
                "phone",
                "1",
                "+12065550100",
                "2",
                "+12065550142",
                tenant_id,
                "church",
                {},
                NOON,
            )
        )
        await self.services.calls.complete(completion(call_id))
        return call_id

    async def passes(self, *minutes: float) -> None:
        """Passes until nothing is due, each so long after the one before."""
        for each in minutes:
            self.clock.advance(60 * each)
            while await self.deliver.deliver():
                pass

    async def states(self) -> list[str]:
        """Oldest first."""
        return [each.state for each in reversed(await self.outbox.deliveries.recent(50))]

    async def alerts(self) -> dict[str, int]:
        return {alert.key: alert.raised for alert in await self.services.alerts.open_alerts()}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with open_receiver(OLD) as opened:
        yield opened


@pytest.fixture
async def post(
    services: Services, settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Post]:
    clock = FixedClock(datetime.now(UTC) + timedelta(seconds=1))
    set_verifier_clock(monkeypatch, clock.now)
    async with open_outbox(settings) as outbox, open_courier(inside=True) as posting:
        await outbox.webhooks.set(GRACE, receiver.url, OLD, with_transcript=False)
        deliver = Deliver(services.deliveries, posting, services.alerts, clock)
        yield Post(services, outbox, clock, deliver, receiver)


@pytest.mark.requirement("OT-98", part="of a call's result; there are no leads yet")
async def test_given_a_receiver_that_is_away_for_ten_minutes_then_each_result_comes_once_in_the_order_of_its_call(
    post: Post,
) -> None:
    calls = [await post.call() for _ in range(3)]
    post.receiver.down = 503
    await post.passes(*[0.5] * 10)
    calls += [await post.call() for _ in range(2)]
    await post.passes(*[0.5] * 10)
    assert post.receiver.taken == []
    assert len(post.receiver.tried) < 10, "it isn't besieged"
    assert {event for event, _ in post.receiver.tried} == {f"call_completed_{calls[0]}"}, "the line waits"
    post.receiver.down = None
    await post.passes(5, 0)
    assert [body["data"]["call_id"] for body in post.receiver.taken] == calls
    assert post.receiver.event_ids == [f"call_completed_{call_id}" for call_id in calls]
    assert [event for event, status in post.receiver.tried if status == 204] == post.receiver.event_ids
    assert await post.states() == ["delivered"] * 5
    assert await post.alerts() == {}


async def test_given_a_wrong_secret_or_a_changed_body_then_the_stock_verifier_notices_and_the_next_event_isnt_held_up(
    post: Post,
) -> None:
    post.receiver.secret = NEW
    call_id = await post.call()
    await post.passes(0)
    assert post.receiver.tried == [(f"call_completed_{call_id}", 401)] and post.receiver.taken == []
    post.receiver.secret = OLD
    other = await post.call()
    await post.passes(0.05, 10)
    assert [body["data"]["call_id"] for body in post.receiver.taken] == [other, call_id]
    entry = await post.outbox.deliveries.find(f"call_completed_{call_id}")
    assert entry is not None and [each.status for each in entry.log] == [401, 204]
    assert entry.log[0].error == '{"refused": 401}'

    delivery = Delivery("call_completed_x", 1, 0, NOON, GRACE, "x", "", (OLD,), {"type": "call.completed"})
    body = json.dumps(delivery.body).encode()
    headers = signed(delivery, body, post.clock.now())
    assert Webhook(OLD).verify(body, headers) == delivery.body
    for wrong in ({"webhook-id": "call_completed_y"}, {"webhook-timestamp": str(int(NOON.timestamp()))}):
        with pytest.raises(WebhookVerificationError):
            Webhook(OLD).verify(body, headers | wrong)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body.replace(b"completed", b"commented"), headers)


async def test_given_a_receiver_that_hangs_then_the_try_is_bounded_and_another_tenants_event_comes_meanwhile(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "POST_SECONDS", 0.4)
    async with open_receiver(NEW) as other:
        await post.outbox.webhooks.set(HARBOR, other.url, NEW, with_transcript=False)
        await post.call()
        await post.call(HARBOR)
        post.receiver.faults.append(None)
        async with asyncio.timeout(3):
            assert await post.deliver.deliver() == 2
        assert (len(other.taken), post.receiver.taken) == (1, [])
        assert (await post.states()) == ["waiting", "delivered"]
        await post.passes(1)
    assert len(post.receiver.taken) == 1
    newest = (await post.outbox.deliveries.recent(9))[-1]
    entry = await post.outbox.deliveries.find(newest.event_id)
    assert entry is not None
    assert [(each.status, each.error) for each in entry.log] == [(None, "no answer within 0.4 s"), (204, None)]


async def test_given_a_receiver_that_is_gone_then_its_webhook_is_disabled_with_one_alert_until_it_is_set_anew(
    post: Post,
) -> None:
    post.receiver.faults.append(410)
    calls = [await post.call() for _ in range(2)]
    await post.passes(0, 60, 60)
    assert [status for _, status in post.receiver.tried] == [410]
    assert await post.alerts() == {f"webhook_gone:{GRACE}": 1}
    await post.outbox.webhooks.set(GRACE, post.receiver.url, NEW, with_transcript=False)
    await post.passes(0)
    assert [body["data"]["call_id"] for body in post.receiver.taken] == calls


async def test_given_a_receiver_that_is_away_for_a_day_then_each_event_is_a_dead_letter_under_one_alert_until_retried(
    post: Post,
) -> None:
    calls = [await post.call() for _ in range(2)]
    post.receiver.down = 500
    await post.passes(*[30] * 50)
    assert await post.states() == ["dead", "dead"]
    assert list(await post.alerts()) == [f"webhook_dead:{GRACE}"]
    assert 15 <= sum(event.endswith(calls[0]) for event, _ in post.receiver.tried) <= 20
    tries = len(post.receiver.tried)
    post.receiver.down = None
    await post.passes(60, 60)
    assert len(post.receiver.tried) == tries, "a dead letter is left to the operator"
    for call_id in calls:
        assert await post.outbox.deliveries.retry(f"call_completed_{call_id}", post.clock.now()) is True
    await post.passes(0)
    assert [body["data"]["call_id"] for body in post.receiver.taken] == calls


async def test_given_a_secret_that_is_replaced_then_receivers_verify_by_the_old_or_the_new_one_until_the_overlap_ends(
    post: Post,
) -> None:
    until = post.clock.now() + timedelta(hours=1)
    await post.outbox.webhooks.rotate(GRACE, NEW, until)
    for secret in (OLD, NEW):
        post.receiver.secret = secret
        await post.call()
        await post.passes(0)
    assert len(post.receiver.taken) == 2
    post.receiver.secret = OLD
    await post.call()
    await post.passes(60)
    assert [status for _, status in post.receiver.tried] == [204, 204, 401]
    post.receiver.secret = NEW
    await post.passes(1)
    assert len(post.receiver.taken) == 3


async def test_given_many_processes_and_one_that_dies_with_an_event_then_each_comes_once(post: Post) -> None:
    for _ in range(3):
        await post.call()
    post.receiver.faults.append(None)
    dying = asyncio.create_task(post.deliver.deliver())
    while not post.receiver.tried:
        await asyncio.sleep(0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await post.deliver.deliver() == 0, "the turn is the dead process's for a minute"
    post.clock.advance(61)
    # one that claims a moment later finds the next event
    assert sum([sum(await asyncio.gather(*(post.deliver.deliver() for _ in range(5)))) for _ in range(3)]) == 3
    assert [status for _, status in post.receiver.tried] == [0, 204, 204, 204]


async def test_given_a_redirect_then_it_isnt_followed_and_without_the_database_nothing_is_raised(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.call()
    post.receiver.faults.append(307)
    await post.passes(0)
    assert [status for _, status in post.receiver.tried] == [307]

    async def away(*_: Any, **__: Any) -> Any:
        raise StoreUnavailable("away")

    deliver = replace(post.deliver)
    monkeypatch.setattr(type(post.services.deliveries), "claim", away)
    assert await deliver.deliver() == 0
