"""The circuits that two processes share through a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from livekit.agents import APIConnectionError

from agent.speech import circuits as module
from agent.speech.circuits import FleetCircuits, shared_circuits
from shared.adapters.kv.circuits import RedisCircuits
from shared.adapters.kv.redis import open_redis
from shared.domain.circuit import REST_SECONDS

NOVA = "stt:deepgram/nova-3"


class Provider:
    """`down` while it fails; counts its probes."""

    def __init__(self) -> None:
        self.down = True
        self.probes = 0

    async def probe(self, name: str) -> None:
        self.probes += 1
        await asyncio.sleep(0)
        if self.down:
            raise APIConnectionError(f"{name} is down")


@asynccontextmanager
async def processes(redis_url: str, provider: Provider, clock: Any, count: int) -> AsyncIterator[list[FleetCircuits]]:
    async with AsyncExitStack() as opened:
        scripts = await opened.enter_async_context(open_redis(redis_url))
        store = RedisCircuits(scripts, "preview-one")
        yield [await opened.enter_async_context(shared_circuits(store, provider.probe, clock)) for _ in range(count)]


async def until(true: Any) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


@pytest.mark.requirement("OP-93", part="all leave it out, and one probe brings it back for all")
async def test_given_failures_in_two_processes_then_all_leave_it_out_and_one_probe_brings_it_back_for_all(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.02)
    now = 1_000_000.0
    provider = Provider()
    async with processes(redis_url, provider, lambda: now, 3) as (one, other, third):
        one.failed(NOVA)
        await until(lambda: NOVA in other.known)
        assert all(each.closed(NOVA) for each in (one, other, third)), "one failure is a stumble"
        other.failed(NOVA)
        await until(lambda: not any(each.closed(NOVA) for each in (one, other, third)))
        assert provider.probes == 0, "it rests"
        now += REST_SECONDS[0] + 0.1
        await until(lambda: third.known[NOVA].opened == 2)
        await asyncio.sleep(0.1)
        assert provider.probes == 1, "one process probes for all"
        provider.down = False
        now += REST_SECONDS[1] + 0.1
        await until(lambda: all(each.closed(NOVA) for each in (one, other, third)))
        assert provider.probes == 2


async def test_given_redis_away_then_each_process_goes_by_itself_and_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.02)
    now = 1_000_000.0
    provider = Provider()
    async with processes("redis://127.0.0.1:1/0", provider, lambda: now, 1) as (alone,):
        alone.failed(NOVA)
        alone.failed(NOVA)
        assert not alone.closed(NOVA)
        provider.down = False
        now += REST_SECONDS[0] + 0.1
        await until(lambda: alone.closed(NOVA))
