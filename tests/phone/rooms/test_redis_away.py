"""Calls in rooms while Pickup's Redis is away and LiveKit's is not."""

import asyncio
import time

from room_calls import RoomCall, WorkerProcess, completed, greeted

from lab.stack.livekit import LiveKitServer
from lab.stack.redis import EmbeddedRedis
from shared.services import Services


async def test_given_a_call_when_redis_is_away_for_a_while_then_the_call_goes_on_and_the_operator_is_told(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services, own_redis: EmbeddedRedis
) -> None:
    async with RoomCall(livekit) as call:
        await greeted(call)
        own_redis.kill()
        await until_alert(services, "redis_lost")
        async with RoomCall(livekit, caller="+12065550143") as another:
            await greeted(another)
        await own_redis.start()
        await asyncio.sleep(3.0)
        assert call.wire.ending is None
        assert len(call.agents_heard) == 1
        assert await services.leases.holder(call.call_id) is not None, "it has its lease again"
    assert (await completed(services, call.call_id)).ended_by == "caller"
    assert (await completed(services, another.call_id)).disposition == "ANSWERED"


async def until_alert(services: Services, key: str, within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while key not in {alert.key for alert in await services.alerts.open_alerts()}:
        assert time.monotonic() < deadline, f"no alert {key} within {within:g} s"
        await asyncio.sleep(0.1)
