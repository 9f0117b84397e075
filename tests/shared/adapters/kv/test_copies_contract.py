"""Copies of the directory in Redis, over both transports: the later one stays, and nobody waits for any."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis.asyncio as redis

from shared.adapters.kv.copies import MOST_CHARACTERS, RedisCopies, open_copies
from shared.adapters.kv.scripts import Scripts
from shared.domain.pin import hashed
from shared.domain.tenant import DEMO_TENANT
from shared.services import Services

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
STAGE, KEY = "preview-one", "pickup:preview-one:copy:tenant:t1"


@pytest.fixture
async def copies(scripts: Scripts) -> AsyncIterator[RedisCopies]:
    async with open_copies(scripts, STAGE) as opened:
        yield opened


async def held(copies: RedisCopies, wanted: str | None) -> bool:
    """Whether the copy becomes that, soon: it is put beside."""
    deadline = time.monotonic() + 5
    while (found := await copies.get("tenant", "t1")) != wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    return found == wanted


async def test_of_two_copies_the_later_read_stays_also_where_a_clock_is_ahead(
    copies: RedisCopies, scripts: Scripts, redis_url: str
) -> None:
    now = datetime.now(UTC)
    steps: list[tuple[str | None, datetime, str | None]] = [
        ("second", now - 2 * SECOND, "second"),
        ("first", now - 3 * SECOND, "second"),
        (None, now - SECOND, None),
        ("second again", now - 2 * SECOND, None),
    ]
    for text, read_at, wanted in steps:
        copies.offer("tenant", "t1", text, read_at, HOUR)
        copies.offer("tenant", "put after it", "x", now, HOUR)
        async with asyncio.timeout(5):
            while await copies.get("tenant", "put after it") is None:
                await asyncio.sleep(0.01)
        assert await held(copies, wanted), text
        async with redis.Redis.from_url(redis_url) as client:
            await client.delete("pickup:preview-one:copy:tenant:put after it")
            assert 3_590_000 < await client.pttl(KEY) <= 3_600_000
    copies.offer("tenant", "t1", "from a clock that is ahead", now + HOUR, HOUR)
    assert await held(copies, "from a clock that is ahead")
    copies.offer("tenant", "t1", "read afterwards", datetime.now(UTC) + SECOND, HOUR)
    assert await held(copies, "read afterwards")
    assert await RedisCopies(scripts, "preview-two").get("tenant", "t1") is None, "another stage's"


async def test_a_copy_that_is_too_long_stays_on_its_machine(copies: RedisCopies) -> None:
    copies.offer("tenant", "t1", "x" * (MOST_CHARACTERS + 1), datetime.now(UTC), HOUR)
    copies.offer("tenant", "t2", "x" * MOST_CHARACTERS, datetime.now(UTC), HOUR)
    async with asyncio.timeout(5):
        while await copies.get("tenant", "t2") is None:
            await asyncio.sleep(0.01)
    assert await copies.get("tenant", "t1") is None


class Silent:
    """A Redis that hangs."""

    def __init__(self) -> None:
        self.runs = 0

    async def run(self, script: str, keys: list[str], args: list[str]) -> Any:
        self.runs += 1
        await asyncio.Event().wait()


async def test_given_a_redis_that_hangs_then_one_caller_waits_a_moment_and_the_next_not_at_all() -> None:
    silent = Silent()
    async with open_copies(silent, STAGE) as copies:
        copies.offer("tenant", "t1", "text", datetime.now(UTC), HOUR)
        began = time.monotonic()
        assert await copies.get("tenant", "t1") is None
        assert time.monotonic() - began < 0.8
        reads = silent.runs
        assert await copies.get("tenant", "t1") is None
        assert silent.runs == reads


async def test_no_secret_of_a_tenant_lies_in_redis(services: Services, redis_url: str) -> None:
    await services.grants.put_secret(DEMO_TENANT, "calendar_key", "sk-0123456789")
    await services.pins.put(DEMO_TENANT, pin := hashed("471195", b"0123456789abcdef"))
    tenant = await services.directory.tenant(DEMO_TENANT)
    assert tenant is not None
    for did in await services.directory.known_dids("local"):
        await services.directory.listing(did, "")
    async with redis.Redis.from_url(redis_url, decode_responses=True) as client, asyncio.timeout(5):
        while len(keys := sorted([key async for key in client.scan_iter("pickup:local:copy:*")])) < 10:
            await asyncio.sleep(0.02)
        everything = "".join([str(await client.hgetall(key)) for key in keys])
    assert tenant.name in everything
    assert "sk-0123" not in everything and pin not in everything
