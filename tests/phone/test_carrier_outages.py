"""A store that hangs while a call comes by the telephone company: what the caller meets, and what the record says."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest
from livekit import api, rtc
from pickup_up import System
from telephone import Telephone

pytestmark = [pytest.mark.long, pytest.mark.timeout(240)]

GREETED = r"thank you for calling"


@contextmanager
def frozen(system: System, name: str) -> Iterator[None]:
    """The store's processes hang: they neither answer nor end."""
    stopped: list[psutil.Process] = []
    try:
        for one in system.servers():
            # a connection's own process may end just now
            with suppress(psutil.NoSuchProcess):
                if name in one.name():
                    one.suspend()
                    stopped.append(one)
        assert stopped, f"no process of {name}"
        yield
    finally:
        for one in stopped:
            with suppress(psutil.NoSuchProcess):
                one.resume()


@pytest.mark.requirement("PT-19")
async def test_given_postgres_that_hangs_when_a_call_comes_then_the_church_answers_from_a_copy_and_nothing_is_lost(
    system: System, carrier_phone: Telephone
) -> None:
    first, second = "+12065550180", "+12065550181"
    async with carrier_phone.call(caller=first) as call:
        await call.answered()
        await call.hears(GREETED)
    await system.record_of(first)
    with frozen(system, "postgres"):
        async with carrier_phone.call(caller=second) as call:
            await call.answered(12)
            await call.hears(GREETED)
    record = await system.record_of(second, 40)
    assert (record.disposition, record.tenant_name) == ("ANSWERED", "Grace Community Church")
    assert {"carrier.initiated", "answered", "agent_said"} <= {event.kind for event in record.events}


async def test_given_redis_that_hangs_when_a_call_comes_then_the_caller_can_leave_a_message(
    system: System, carrier_phone: Telephone
) -> None:
    caller = "+12065550182"
    # without Redis LiveKit makes no room, so there is no agent; the carrier needs neither
    with frozen(system, "valkey"):
        async with carrier_phone.call(caller=caller) as call:
            await call.answered(20)
            waited = (call.answered_at or 0.0) - call.began
            await call.hears(r"message after the tone")
            await call.quiet(1.0)
            await call.say("This is Martha, please ring me tomorrow.")
    record = await system.record_of(caller, 40)
    assert record.disposition == "NO_ANSWER"
    assert waited < 12
    await until_rooms_can_be_joined(system)
    async with carrier_phone.call(caller="+12065550183") as call:
        await call.answered(12)
        await call.hears(GREETED)


async def until_rooms_can_be_joined(system: System, seconds: float = 15.0) -> None:
    """LiveKit answers a join with 500 until it has found its own node in Redis again."""
    keys = system.livekit
    token = (
        api.AccessToken(keys["livekit_api_key"], keys["livekit_api_secret"])
        .with_identity("test")
        .with_grants(api.VideoGrants(room_join=True, room="nobody's"))
        .to_jwt()
    )
    async with asyncio.timeout(seconds):
        while True:
            room = rtc.Room()
            try:
                await room.connect(keys["livekit_url"], token)
                return
            except rtc.ConnectError:
                await asyncio.sleep(0.2)
            finally:
                await room.disconnect()
