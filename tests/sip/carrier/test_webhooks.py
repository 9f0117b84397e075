"""Webhooks that come twice, late, out of order or not at all, and a customer who takes none."""

import asyncio
import time

import httpx
import pytest
from carrier_world import FRIEND, World
from sip_world import until

DEAD = "http://127.0.0.1:1/telnyx"


async def test_given_duplicates_then_each_event_comes_so_often_with_one_id(world: World) -> None:
    await world.control.faults(duplicate=2)
    phone = await world.call()
    await until(lambda: len(world.customer.came) == 3, 3, "three of the first")
    assert len({told.event_id for told in world.customer.came}) == 1
    await phone.hang_up()
    await until(lambda: world.customer.names.count("call.hangup") == 3, 3, "three of the last")


async def test_given_custom_headers_of_480_bytes_when_a_phone_calls_then_the_first_webhook_carries_them(
    world: World,
) -> None:
    await world.call(headers={"X-Pickup-Synthetic": "m" * 480, "X-Other": "1"})
    payload = (await world.customer.until("call.initiated")).payload
    assert payload["custom_headers"] == [
        {"name": "X-Pickup-Synthetic", "value": "m" * 480},
        {"name": "X-Other", "value": "1"},
    ]


async def test_given_delay_then_events_are_late(world: World) -> None:
    await world.control.faults(delay_ms=(400, 500))
    began = time.monotonic()
    await world.call()
    await world.customer.until("call.initiated")
    assert time.monotonic() - began > 0.35


async def test_given_reordering_then_the_second_of_two_comes_first(world: World) -> None:
    await world.control.faults(reorder=True)
    phone = await world.call()
    await until(phone.ringing.is_set, 2, "it rings")
    await phone.hang_up()
    await until(lambda: len(world.customer.came) == 2, 3, "both")
    assert world.customer.names == ["call.hangup", "call.initiated"]


async def test_given_loss_then_those_events_never_come_and_the_carrier_says_which(world: World) -> None:
    await world.control.faults(lose=["call.hangup"])
    phone = await world.call()
    await world.customer.until("call.initiated")
    await phone.hang_up()
    sent = await world.sent(2)
    assert [(one["event"]["event_type"], one["lost"], one["statuses"]) for one in sent] == [
        ("call.initiated", False, [200]),
        ("call.hangup", True, []),
    ]
    assert world.customer.names == ["call.initiated"]


@pytest.mark.parametrize("status", [503, 429, 401, 202])
async def test_given_an_answer_that_isnt_200_then_the_webhook_goes_to_the_failover_address_once(
    world: World, status: int
) -> None:
    await world.route(failover_url=f"{world.customer.url}/failover")
    world.customer.statuses[:] = [status, 503]
    phone = await world.call()
    await until(lambda: len(world.customer.came) == 2, 3, "both addresses")
    await phone.hang_up()
    await world.customer.until("call.hangup")
    assert [(told.name, told.attempt, told.path) for told in world.customer.came] == [
        ("call.initiated", 1, "/telnyx"), ("call.initiated", 2, "/failover"), ("call.hangup", 1, "/telnyx"),
    ]  # fmt: skip
    first, second, _ = world.customer.came
    assert first.event_id == second.event_id


async def test_given_no_answer_in_time_then_the_failover_address_decides(world: World) -> None:
    await world.route(webhook_url=DEAD, failover_url=f"{world.customer.url}/failover")
    world.customer.decisions["call.initiated"] = world.does("reject", cause="USER_BUSY")
    phone = await world.call()
    assert (await asyncio.wait_for(phone.ended(), 3)).sip_code == 486
    (sent, *_) = await world.sent(1)
    assert sent["statuses"] == [None, 200]


async def test_given_nobody_takes_webhooks_then_the_caller_rings_until_the_first_command_is_overdue(
    world: World,
) -> None:
    await world.route(webhook_url=DEAD, first_command_timeout_secs=1)
    phone = await world.call()
    began = time.monotonic()
    assert (await asyncio.wait_for(phone.ended(), 3)).sip_code == 480
    assert time.monotonic() - began > 0.9


async def test_given_a_voice_application_when_its_number_is_given_a_forward_then_that_is_refused(world: World) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        await world.route(forward_on_failure=FRIEND)
