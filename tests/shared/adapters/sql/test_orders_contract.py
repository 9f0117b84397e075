"""What every transport to Postgres must do with a shop's orders."""

import asyncio
from dataclasses import replace
from typing import Any, get_args

import pytest
from stores_world import CALLER, NOON, World

from agent.businesses.orders.rules import Outcome, Status, may
from agent.businesses.orders.store import Decision, OrderStore
from shared.errors import StoreError

OTHER = "+12065550177"
LAMP: dict[str, Any] = {
    "order_number": "A-4172",
    "customer_name": "Ann",
    "customer_phone": CALLER,
    "items": "a lamp",
    "amount": "19.90",
    "address": "1 Hill Road",
    "postcode": "98104",
    "delivery_time": "Friday",
}


class Shop:
    def __init__(self, world: World) -> None:
        self.world = world
        self.store = OrderStore(world.business_rows)

    async def put(self, *rows: dict[str, Any]) -> tuple[int, int]:
        done = await self.store.put(self.world.tenant_id, list(rows), NOON)
        return done.added, done.changed

    async def order(self, number: str = "4172", caller: str | None = CALLER, postcode: str | None = None) -> Any:
        found = await self.store.of_number(self.world.tenant_id, number, caller=caller, postcode=postcode)
        return found[0] if found else None

    def decision(self, call_id: str, outcome: Outcome = "confirmed", **changes: Any) -> Decision:
        decided = Decision(call_id, "k1", self.world.tenant_id, CALLER, NOON, "A-4172", 1, outcome)
        return replace(decided, **changes)

    async def call(self) -> str:
        opening = self.world.opening(template="orders")
        await self.world.calls.open(opening)
        return opening.call_id


@pytest.fixture
async def shop(world: World) -> Shop:
    opened = Shop(world)
    assert await opened.put(LAMP) == (1, 0)
    return opened


async def test_given_an_order_then_its_telephone_or_its_postcode_finds_it_and_nothing_else_does(shop: Shop) -> None:
    tenant = shop.world.tenant_id
    assert [each.order_number for each in await shop.store.of_caller(tenant, CALLER)] == ["A-4172"]
    assert await shop.store.of_caller(tenant, OTHER) == [] and await shop.store.of_caller(tenant, None) == []
    finds = [("4172", CALLER, None), ("4172", OTHER, "98104"), ("a4172", None, "9 81-04")]
    finds_not = [
        ("4172", OTHER, None), ("4172", None, None), ("4172", OTHER, "98105"), ("4172", None, ""), ("417", CALLER, "9"),
    ]  # fmt: skip
    assert [each for each in finds if await shop.order(*each) is None] == []
    assert [each for each in finds_not if await shop.order(*each) is not None] == []
    other = "00000000-0000-4000-a000-000000000001"
    assert await shop.store.of_number(other, "4172", caller=CALLER, postcode="98104") == [], "of another tenant"


async def test_given_a_decision_then_it_is_taken_once_with_its_row_and_the_shop_is_told_once(shop: Shop) -> None:
    world, call_id = shop.world, await shop.call()
    webhook = {
        "tenant_id": world.tenant_id,
        "stage": world.stage,
        "url": "https://shop.example",
        "secret": "whsec_bw==",
    }
    await world.database.call("set_webhook_v1", webhook | {"with_transcript": False})
    await world.sql.execute("update webhook_endpoints set created_at = $1 where stage = $2", NOON, world.stage)
    decision = shop.decision(call_id, "changed", address="2 Low Road", delivery_time="Monday")
    await asyncio.gather(*(shop.store.decide(decision) for _ in range(8)))
    order = await shop.order()
    assert (order.status, order.address, order.delivery_time, order.version) == (
        "rescheduled",
        "2 Low Road",
        "Monday",
        2,
    )
    rows = await world.sql.fetch("select * from order_outcomes where call_id = $1", call_id)
    assert [(row["outcome"], row["address"], row["stage"]) for row in rows] == [("changed", "2 Low Road", world.stage)]
    (event,) = await world.sql.fetch(
        "select kind, call_id, body ->> 'type' as type from deliveries where stage = $1", world.stage
    )
    assert tuple(event) == ("order.changed", call_id, "order.changed")
    record = await world.records.find(call_id)
    assert record is not None and [each["kind"] for each in record.requests] == ["order"]


async def test_given_two_decisions_about_what_was_heard_at_once_then_one_is_taken_and_the_other_refused(
    shop: Shop,
) -> None:
    first, second = await shop.call(), await shop.call()
    done = await asyncio.gather(
        shop.store.decide(shop.decision(first)),
        shop.store.decide(shop.decision(second, "cancelled")),
        return_exceptions=True,
    )
    assert sorted(isinstance(each, StoreError) for each in done) == [False, True], done
    assert (await shop.order()).status == ("cancelled" if isinstance(done[0], StoreError) else "confirmed")


async def test_given_each_state_then_the_database_allows_what_the_rules_allow(shop: Shop) -> None:
    wrong: list[tuple[Status, Outcome]] = []
    call_id = await shop.call()
    for status in get_args(Status):
        for outcome in get_args(Outcome):
            await shop.world.sql.execute(
                "update orders set status = $1, version = 1 where tenant_id = $2", status, shop.world.tenant_id
            )
            decision = shop.decision(call_id, outcome, key=f"{status}-{outcome}", address="2 Low Road")
            try:
                await shop.store.decide(decision)
                taken = True
            except StoreError as error:
                taken = False
                assert not error.retryable
            if taken is not may(status, outcome):
                wrong.append((status, outcome))
    assert wrong == []


async def test_given_an_import_again_then_it_changes_what_is_new_and_keeps_what_customers_decided(shop: Shop) -> None:
    assert await shop.put(LAMP) == (0, 0)
    assert await shop.put(LAMP | {"amount": "21.00"}, LAMP | {"order_number": "B-1234"}) == (1, 1)
    await shop.store.decide(shop.decision(await shop.call(), "changed", version=2, delivery_time="Monday"))
    await shop.put(LAMP | {"amount": "22.00", "address": "9 Wide Road"})
    order = await shop.order()
    assert (order.status, order.delivery_time, order.address) == ("rescheduled", "Monday", "1 Hill Road")
    assert str(order.amount) == "22.00"
    await shop.put(LAMP | {"status": "shipped"})
    assert (await shop.order()).status == "shipped"
    with pytest.raises(StoreError):
        await shop.store.decide(shop.decision(await shop.call(), "cancelled", version=order.version))
