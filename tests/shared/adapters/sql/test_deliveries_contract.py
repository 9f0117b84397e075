"""What every transport to Postgres must do with results, tenants' webhooks and deliveries."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from stores_world import NOON, World, completion

from shared.adapters.sql.deliveries import SqlDeliveries, SqlResults, SqlTenantWebhooks
from shared.domain.call import CallEvent, Usage, Utterance
from shared.domain.delivery import Answer, Delivery, Disable, Done, GiveUp, RetryAt
from shared.errors import StoreError

OLD, NEW = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"o", b"n"))
URL = "https://shop.example/pickup"
FIELDS = [{"name": "reason", "type": "text", "description": "Why they call"}]
OK = Answer(204, "", 0.25)


@dataclass
class Outbox:
    world: World

    def __post_init__(self) -> None:
        self.deliveries = SqlDeliveries(self.world.database, self.world.stage)
        self.webhooks = SqlTenantWebhooks(self.world.database, self.world.stage)
        self.results = SqlResults(self.world.database, self.world.stage)

    async def call(self, *, witness: str = "agent", wanted: bool = False, synthetic: bool = False) -> str:
        """A completed call of the tenant; gives its id."""
        opening = self.world.opening(synthetic=synthetic)
        await self.world.calls.open(opening)
        if wanted:
            await self.world.calls.note(
                CallEvent(opening.call_id, "agent:0003", "result_wanted", NOON, {"fields": FIELDS})
            )
        told = completion(opening.call_id, witness)
        await self.world.calls.complete(told)
        return opening.call_id

    async def claim(self, now: datetime, limit: int = 10) -> list[Delivery]:
        return list(await self.deliveries.claim(now, now + timedelta(minutes=1), limit))


@pytest.fixture
async def outbox(world: World) -> Outbox:
    opened = Outbox(world)
    assert await opened.webhooks.set(world.tenant_id, URL, OLD, with_transcript=True) is True
    return opened


def soon() -> datetime:
    """Later than all that was written so far."""
    return datetime.now(UTC) + timedelta(seconds=1)


async def test_given_a_completed_call_then_its_tenants_webhook_is_due_once_whoever_told_first(outbox: Outbox) -> None:
    world = outbox.world
    call_id = await outbox.call()
    await world.calls.complete(completion(call_id, "carrier"))
    await world.calls.open(world.opening(call_id))
    early = world.opening()
    await world.calls.complete(completion(early.call_id))
    assert [each.call_id for each in await outbox.deliveries.recent(9)] == [call_id], "its tenant isn't known yet"
    await world.calls.open(early)
    assert [each.call_id for each in await outbox.deliveries.recent(9)] == [early.call_id, call_id]
    await outbox.call(synthetic=True)
    await world.calls.open(world.opening(tenant_id=None))
    assert len(await outbox.deliveries.recent(9)) == 2


async def test_given_calls_then_an_endpoint_gets_them_in_order_one_at_a_time_and_each_is_claimed_once(
    outbox: Outbox,
) -> None:
    calls = [await outbox.call() for _ in range(3)]
    now = soon()
    claims = await asyncio.gather(*(outbox.claim(now) for _ in range(8)))
    ((first,),) = [each for each in claims if each]
    assert (first.call_id, first.attempt, first.failures, first.url, first.secrets) == (calls[0], 1, 0, URL, (OLD,))
    assert await outbox.claim(now + timedelta(seconds=59)) == [], "it is delivered at this moment"
    (again,) = await outbox.claim(now + timedelta(seconds=61))
    assert (again.call_id, again.attempt) == (calls[0], 2), "the process that had it died"
    await outbox.deliveries.note(again, OK, Done(), now)
    await outbox.deliveries.note(again, Answer(500), GiveUp(), now)
    (second,) = await outbox.claim(now)
    assert second.call_id == calls[1]
    await outbox.deliveries.note(first, Answer(500), RetryAt(now, holds_line=True), now)
    assert await outbox.claim(now) == [], "a late note of an earlier try frees nobody's turn"
    found = await outbox.deliveries.find(again.event_id)
    assert found is not None and (found.state, found.last_status, found.body) == ("delivered", 204, again.body)
    assert [(each.attempt, each.status, each.seconds) for each in found.log] == [(1, 500, 0.0), (2, 204, 0.25)]


async def test_given_a_try_that_failed_then_the_line_waits_unless_this_event_alone_was_refused(outbox: Outbox) -> None:
    calls = [await outbox.call() for _ in range(2)]
    now = soon()
    (first,) = await outbox.claim(now)
    later = now + timedelta(minutes=5)
    await outbox.deliveries.note(first, Answer(503, "away"), RetryAt(later, holds_line=True), now)
    assert await outbox.claim(later - timedelta(seconds=1)) == []
    (first,) = await outbox.claim(later)
    assert (first.call_id, first.attempt, first.failures) == (calls[0], 2, 1)
    much_later = later + timedelta(minutes=5)
    await outbox.deliveries.note(first, Answer(422, "no"), RetryAt(much_later, holds_line=False), later)
    (second,) = await outbox.claim(later)
    assert second.call_id == calls[1]
    await outbox.deliveries.note(second, OK, Done(), later)
    (first,) = await outbox.claim(much_later)
    assert (first.call_id, first.failures) == (calls[0], 2)
    await outbox.deliveries.note(first, Answer(422, "no"), GiveUp(), much_later)
    assert [each.state for each in await outbox.deliveries.recent(9, "dead")] == ["dead"]


async def test_given_a_dead_letter_when_it_is_retried_then_it_is_due_for_another_day_and_a_delivered_one_isnt(
    outbox: Outbox,
) -> None:
    await outbox.call()
    now = soon()
    (dead,) = await outbox.claim(now)
    await outbox.deliveries.note(dead, Answer(None, "no answer"), GiveUp(), now)
    assert await outbox.claim(now + timedelta(days=3)) == []
    again_at = now + timedelta(days=4)
    assert await outbox.deliveries.retry(dead.event_id, again_at) is True
    (again,) = await outbox.claim(again_at)
    assert (again.attempt, again.failures, again.since, again.body) == (2, 0, again_at, dead.body)
    await outbox.deliveries.note(again, OK, Done(), again_at)
    assert await outbox.deliveries.retry(dead.event_id, again_at) is False
    assert await outbox.deliveries.retry("call_completed_none", again_at) is False
    assert await outbox.deliveries.find("call_completed_none") is None


async def test_given_a_receiver_that_is_gone_then_nothing_is_sent_or_lost_until_the_webhook_is_set_anew(
    outbox: Outbox,
) -> None:
    world = outbox.world
    calls = [await outbox.call()]
    now = soon()
    (gone,) = await outbox.claim(now)
    await outbox.deliveries.note(gone, Answer(410), Disable(), now)
    calls.append(await outbox.call())
    assert await outbox.claim(soon() + timedelta(hours=1)) == []
    assert all(each.disabled_at for each in await outbox.deliveries.recent(9))
    elsewhere = "https://elsewhere.example/pickup"
    assert await outbox.webhooks.set(world.tenant_id, elsewhere, NEW, with_transcript=False) is False
    for call_id in calls:
        (each,) = await outbox.claim(soon())
        assert (each.call_id, each.url, each.secrets) == (call_id, elsewhere, (OLD,)), "the secret stays"
        await outbox.deliveries.note(each, OK, Done(), soon())


async def test_given_a_secret_that_is_replaced_then_both_sign_until_the_overlap_is_over(outbox: Outbox) -> None:
    tenant, now = outbox.world.tenant_id, soon()
    await outbox.call()
    assert await outbox.webhooks.rotate(tenant, NEW, now + timedelta(hours=1)) is True
    assert await outbox.webhooks.rotate(tenant, NEW, now + timedelta(hours=9)) is True, "twice is once"
    (both,) = await outbox.claim(now)
    assert both.secrets == (NEW, OLD)
    await outbox.deliveries.note(both, Answer(None), RetryAt(now, holds_line=True), now)
    (new,) = await outbox.claim(now + timedelta(hours=1))
    assert new.secrets == (NEW,)
    assert await outbox.webhooks.rotate("00000000-0000-4000-a000-0000000000ff", NEW, now) is False
    for url, secret in (("ftp://x", OLD), ("https://a b", OLD), (URL, "a secret")):
        with pytest.raises(StoreError):
            await outbox.webhooks.set("00000000-0000-4000-a000-000000000001", url, secret, with_transcript=False)


async def test_given_a_template_with_a_result_then_it_is_claimed_once_filled_once_and_waited_for(
    outbox: Outbox,
) -> None:
    call_id, now = await outbox.call(wanted=True), soon()
    assert await outbox.claim(now) == [], "its result isn't filled yet"
    until = now + timedelta(minutes=1)
    claims = await asyncio.gather(*(outbox.results.claim(now, until, 5) for _ in range(6)))
    ((wanted,),) = [each for each in claims if each]
    assert (wanted.call_id, wanted.attempt, [f.name for f in wanted.fields]) == (call_id, 1, ["reason"])
    assert wanted.talk.transcript == (("agent", "Thank you for calling."),)
    assert f"{wanted.talk.began_at:%Y-%m-%d %H:%M}" == "2026-05-04 05:00", "the tenant's own time"
    await outbox.results.fail(call_id, "away", now, until)
    assert await outbox.results.claim(now, until, 5) == []
    ((again,),) = [await outbox.results.claim(until, until, 5)]
    assert again.attempt == 2
    usage = Usage("llm", "openai", "gpt-4o-mini", input_tokens=100, output_tokens=10)
    await outbox.results.fill(call_id, {"reason": "a prayer"}, usage, Decimal("0.000021"), now)
    await outbox.results.fail(call_id, "too late", now, None)
    (delivery,) = await outbox.claim(now)
    data = delivery.body["data"]
    assert (data["result"], data["cost_usd"]) == ({"reason": "a prayer"}, "0.012366")
    assert data["transcript"] == [{"speaker": "agent", "text": "Thank you for calling.", "at_seconds": 1.0}]


async def test_given_a_result_that_cant_be_filled_then_its_call_is_delivered_without(outbox: Outbox) -> None:
    failed, never = await outbox.call(wanted=True), await outbox.call(wanted=True)
    await outbox.results.fail(failed, "refused", soon(), None)
    (delivery,) = await outbox.claim(soon())
    assert (delivery.call_id, delivery.body["data"]["result"], delivery.body["data"]["cost_usd"]) == (
        failed,
        None,
        None,
    )
    await outbox.deliveries.note(delivery, OK, Done(), soon())
    assert await outbox.claim(soon() + timedelta(minutes=59)) == []
    (delivery,) = await outbox.claim(soon() + timedelta(hours=1))
    assert (delivery.call_id, delivery.body["data"]["result"]) == (never, None)


async def test_given_an_agent_that_died_then_its_call_is_told_after_a_minute_from_what_it_wrote_down(
    outbox: Outbox,
) -> None:
    world, opening = outbox.world, outbox.world.opening()
    await world.calls.open(opening)
    for number, (kind, text) in enumerate((("agent_said", "Hello."), ("caller_said", "Pray for my card 4111 1111"))):
        fields = {"text": text, "at_seconds": float(number)}
        await world.calls.note(CallEvent(opening.call_id, f"agent:{number}", kind, NOON, fields))
    wanted = CallEvent(opening.call_id, "agent:9", "result_wanted", NOON, {"fields": FIELDS})
    await world.calls.note(wanted)
    await world.calls.note(wanted)
    assert await outbox.results.claim(soon(), soon(), 5) == [], "it goes on"
    await world.calls.complete(completion(opening.call_id, "watchdog", transcript=(), usage=(), cost_usd=None))
    assert await outbox.results.claim(soon(), soon(), 5) == [], "the agent may still tell of it"
    later = soon() + timedelta(minutes=1)
    (found,) = await outbox.results.claim(later, later, 5)
    assert [speaker for speaker, _ in found.talk.transcript] == ["agent", "caller"]
    await outbox.results.fail(opening.call_id, "refused", later, None)
    (delivery,) = await outbox.claim(later)
    data = delivery.body["data"]
    assert (data["outcome"], data["cost_usd"]) == ("QUESTION_ANSWERED", None)
    assert [line["speaker"] for line in data["transcript"]] == ["agent", "caller"]


async def test_given_the_agents_account_after_the_watchdogs_then_the_better_one_is_delivered(outbox: Outbox) -> None:
    call_id = await outbox.call(witness="watchdog")
    assert await outbox.claim(soon()) == []
    said = (Utterance("caller", "Bye.", 2.0),)
    await outbox.world.calls.complete(completion(call_id, transcript=said))
    (delivery,) = await outbox.claim(soon())
    assert [line["text"] for line in delivery.body["data"]["transcript"]] == ["Bye."]


async def test_given_a_webhook_that_is_removed_then_nothing_is_sent_any_more_and_a_new_one_begins_anew(
    outbox: Outbox,
) -> None:
    await outbox.call()
    assert await outbox.webhooks.remove(outbox.world.tenant_id) is True
    assert await outbox.webhooks.remove(outbox.world.tenant_id) is False
    await outbox.call()
    assert await outbox.claim(soon()) == [] and list(await outbox.deliveries.recent(9)) == []
    assert await outbox.webhooks.set(outbox.world.tenant_id, URL, NEW, with_transcript=False) is True
