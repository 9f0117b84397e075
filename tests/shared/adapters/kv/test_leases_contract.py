"""Leases and the workers' beats: what every transport to Redis must do, over redis-py and over upstash-redis."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis.asyncio as redis

from shared.adapters.kv.leases import RedisLeases
from shared.adapters.kv.scripts import Scripts
from shared.adapters.kv.workers import RedisWorkers
from shared.errors import StoreUnavailable
from shared.ports import WorkerBeat

BEAT = WorkerBeat(
    worker_id="w1", stage="preview-one", release="r1", calls=2, capacity=6, at=datetime(2026, 5, 4, 12, tzinfo=UTC)
)


@pytest.fixture
def leases(scripts: Scripts) -> RedisLeases:
    return RedisLeases(scripts, "preview-one")


@pytest.fixture
def workers(scripts: Scripts) -> RedisWorkers:
    return RedisWorkers(scripts, "preview-one")


async def test_given_a_lease_when_another_asks_then_the_first_keeps_it(leases: RedisLeases) -> None:
    assert await leases.take("call-1", "w1:a", 6)
    assert not await leases.take("call-1", "w2:b", 6)
    assert await leases.take("call-1", "w1:a", 6), "the holder may ask again"
    assert await leases.holder("call-1") == "w1:a"
    assert await leases.take("call-2", "w2:b", 6), "another call's is another lease"


async def test_when_many_ask_at_once_then_one_gets_it(leases: RedisLeases) -> None:
    answers = await asyncio.gather(*(leases.take("call-1", f"w:{number}", 6) for number in range(20)))
    assert answers.count(True) == 1
    assert await leases.holder("call-1") == f"w:{answers.index(True)}"


async def test_when_a_lease_is_renewed_then_only_its_holder_extends_it(leases: RedisLeases, redis_url: str) -> None:
    await leases.take("call-1", "w1:a", 1)
    assert await leases.renew("call-1", "w1:a", 6)
    assert not await leases.renew("call-1", "w2:b", 60)
    async with redis.Redis.from_url(redis_url) as client:
        assert 5000 < await client.pttl("pickup:preview-one:lease:call-1") <= 6000


async def test_when_a_lease_has_run_out_then_it_is_anyones(leases: RedisLeases) -> None:
    await leases.take("call-1", "w1:a", 0.05)
    await asyncio.sleep(0.1)
    assert await leases.holder("call-1") is None
    assert not await leases.renew("call-1", "w1:a", 6)
    assert await leases.take("call-1", "w2:b", 6)


async def test_when_a_lease_is_released_then_only_by_its_holder(leases: RedisLeases) -> None:
    await leases.take("call-1", "w1:a", 6)
    await leases.release("call-1", "w2:b")
    assert await leases.holder("call-1") == "w1:a"
    await leases.release("call-1", "w1:a")
    assert await leases.holder("call-1") is None
    await leases.release("call-1", "w1:a")


async def test_when_workers_beat_then_all_are_told_as_they_said(workers: RedisWorkers) -> None:
    assert await workers.alive() == []
    other = replace(BEAT, worker_id="w0", calls=6, registered=False, draining=True)
    await workers.beat(BEAT)
    await workers.beat(other)
    assert await workers.alive() == [other, BEAT]
    await workers.beat(replace(BEAT, calls=3))
    assert await workers.alive() == [other, replace(BEAT, calls=3)]
    await workers.gone("w0")
    await workers.gone("w0")
    assert await workers.alive() == [replace(BEAT, calls=3)]


async def test_when_a_worker_is_silent_for_its_time_then_it_is_gone(workers: RedisWorkers, redis_url: str) -> None:
    await workers.beat(BEAT)
    await workers.beat(replace(BEAT, worker_id="w2"))
    async with redis.Redis.from_url(redis_url) as client:
        assert 10_000 < await client.pttl("pickup:preview-one:workers:beats") <= 15_000
        await client.zadd("pickup:preview-one:workers:until", {"w1": 1})
    assert await workers.alive() == [replace(BEAT, worker_id="w2")]


async def test_when_what_a_worker_said_is_not_readable_then_it_is_a_failure_of_the_store(
    workers: RedisWorkers, redis_url: str
) -> None:
    async with redis.Redis.from_url(redis_url) as client:
        for rubbish in ("no json", "[]", '{"worker_id": "w1"}'):
            await client.hset("pickup:preview-one:workers:beats", "w1", rubbish)
            with pytest.raises(StoreUnavailable):
                await workers.alive()


@pytest.mark.parametrize(
    ("changes", "ready"),
    [({}, True), ({"calls": 6}, False), ({"registered": False}, False), ({"draining": True}, False)],
)
def test_when_a_worker_is_ready_then_it_can_take_one_more_call(changes: dict[str, object], ready: bool) -> None:
    assert replace(BEAT, **changes).ready is ready  # type: ignore[arg-type]


@pytest.mark.requirement("PT-31")
async def test_when_stages_share_a_redis_then_neither_sees_the_other(scripts: Scripts) -> None:
    await RedisLeases(scripts, "preview-one").take("call-1", "w1:a", 6)
    await RedisWorkers(scripts, "preview-one").beat(BEAT)
    assert await RedisLeases(scripts, "production").take("call-1", "w2:b", 6)
    assert await RedisWorkers(scripts, "production").alive() == []


async def test_given_a_lease_that_was_not_renewed_when_its_worker_is_dead_then_it_is_broken_once(
    leases: RedisLeases,
) -> None:
    await leases.take("call-1", "w1:a", 4)
    assert not await leases.break_("call-1", "w2:", 5)
    assert not await leases.break_("call-1", "w1:", 3), "its holder has renewed it"
    assert [await leases.break_("call-1", "w1:", 5) for _ in range(2)] == [True, False]
    assert await leases.holder("call-1") is None


async def test_given_a_worker_without_a_pulse_then_the_others_know_that_it_is_dead_until_it_leaves(
    workers: RedisWorkers,
) -> None:
    assert await workers.pulse("w1", 60) == []
    assert await workers.pulse("w2", 60) == []
    await asyncio.sleep(0.05)
    assert await workers.pulse("w2", 0.04) == ["w1"]
    assert await workers.pulse("w1", 60) == [], "it lives after all"
    await workers.gone("w1")
    await asyncio.sleep(0.05)
    assert await workers.pulse("w2", 0.04) == []
