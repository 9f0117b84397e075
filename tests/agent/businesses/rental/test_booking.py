"""Two callers, one machine: a hundred times exactly one of them has it, and the other one is offered another."""

import asyncio
import uuid
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from agent.businesses.business import business_of
from agent.businesses.rental import sentences
from agent.businesses.rental.booking import write_booking
from agent.businesses.rental.inventory import inventory_of
from agent.businesses.rental.rules import Wish, wish_in, with_wish
from agent.businesses.rental.store import RentalStore
from agent.tools.context import ToolContext
from agent.tools.tool import NotWritten
from shared.errors import StoreUnavailable
from shared.ports import Receipt

TENANT, CALLER = "00000000-0000-4000-b000-000000000011", "+12065550142"
TIMES = 100


async def caller_of(call: Any, item: str) -> ToolContext[RentalStore]:
    """A caller of the rental who has chosen the item."""
    services, rental = call.state.services, business_of("rental")
    tenant = await services.directory.tenant(TENANT)
    begun = replace(
        call.value,
        call_id=uuid.uuid4().hex,
        tenant_id=TENANT,
        template="rental",
        fields=with_wish({}, Wish("a lift", (item,), item, name="Ann", number=CALLER)),
    )
    end = asyncio.get_running_loop().create_future()
    changed = {"business": rental, "template": rental.template, "tenant": tenant, "conversation": begun}
    ((_, context),) = replace(call.state, **changed, end_requested=end).tools(["book_equipment"])
    return context


def row(equipment_id: str, name: str) -> dict[str, Any]:
    return {
        "equipment_id": equipment_id, "name": name, "customer_name": "Ann", "customer_phone": CALLER,
        "starts_on": "2026-12-05", "ends_on": "2026-12-06", "daily_price": "150.00",
    }  # fmt: skip


@pytest.fixture
async def sql(database_url: str) -> Any:
    connection = await asyncpg.connect(database_url)
    yield connection
    assert await connection.fetch("select pickup.rental_faults()") == []
    await connection.close()


@pytest.mark.requirement("RP-26", "RP-27", "RP-31")
async def test_when_two_say_yes_to_the_last_lift_a_hundred_times_then_one_has_it_and_the_other_is_offered_another(
    conversation: Any, sql: Any
) -> None:
    services = conversation.state.services
    lift = await sql.fetchval("select equipment_id::text from equipment where reference = 'LF-1'")
    both = [await caller_of(conversation, lift) for _ in range(2)]
    won, offered = Counter[bool](), 0
    for _ in range(TIMES):
        outcomes = await asyncio.gather(
            *(write_booking(each, uuid.uuid4().hex, row(lift, "scissor lift")) for each in both)
        )
        won.update(each is Receipt.STORED for each in outcomes)
        assert sorted(each is Receipt.STORED for each in outcomes) == [False, True]
        (lost,) = (each for each in outcomes if isinstance(each, NotWritten))
        assert not lost.failed and "the scissor lift has just gone" in lost.said
        offered += "I could offer you the towable boom lift at 260 dollars a day. Would you like that one" in lost.said
        # the next caller hears it as it is, at once
        stock = await inventory_of(both[0]).stock()
        assert stock is not None
        assert [each.status for each in stock.items if each.equipment_id == lift] == ["RENTED"]
        loser = next(each for each, what in zip(both, outcomes, strict=True) if what is lost)
        wish = wish_in(loser.conversation.fields)
        assert wish.equipment_id is None and wish.name == "Ann" and len(wish.offered) == 1
        returned = {"tenant_id": both[0].tenant.tenant_id, "reference": "LF-1", "at": datetime.now(UTC)}
        back = await services.business_rows.change("return_equipment_v1", returned)
        await inventory_of(both[0]).changed(back["version"])
    assert won == {True: TIMES, False: TIMES} and offered == TIMES
    assert await sql.fetchval("select count(*) from bookings where state = 'RETURNED'") == TIMES


@pytest.mark.requirement("RP-28", "RP-30")
async def test_given_an_answer_that_is_lost_when_the_booking_is_tried_again_then_it_is_one_booking(
    conversation: Any, sql: Any
) -> None:
    services = conversation.state.services
    lift = await sql.fetchval("select equipment_id::text from equipment where reference = 'LF-1'")
    context, lose = await caller_of(conversation, lift), 2

    class Lossy(RentalStore):
        async def book(self, booking: Any) -> Any:
            nonlocal lose
            answer = await super().book(booking)
            lose -= 1
            if lose >= 0:
                raise StoreUnavailable("the answer is lost", "timeout")
            return answer

    lossy = replace(context, store=Lossy(services.business_rows))
    assert await write_booking(lossy, "k", row(lift, "scissor lift")) is Receipt.STORED
    assert await sql.fetchval("select count(*) from bookings") == 1
    lose = 99
    boom = await sql.fetchval("select equipment_id::text from equipment where reference = 'LF-2'")
    left = await write_booking(lossy, "k2", row(boom, "towable boom lift") | {"daily_price": "260.00"})
    assert left == NotWritten(sentences.NOT_STORED, failed=True), "it is there, but nobody knows: somebody calls back"
    (callback,) = await sql.fetch("select reason, caller_name from voice_callback_requests")
    assert "it may be there all the same" in callback["reason"] and callback["caller_name"] == "Ann"
