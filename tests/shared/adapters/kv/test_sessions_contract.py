"""What every transport to Redis must do: the same cases over redis-py and over upstash-redis."""

import asyncio
from dataclasses import replace

import pytest
import redis.asyncio as redis
from conversations import a_conversation

from shared.adapters.kv.scripts import Scripts
from shared.adapters.kv.sessions import RedisSessions
from shared.errors import StoreUnavailable

SAVED = a_conversation()


@pytest.fixture
def sessions(scripts: Scripts) -> RedisSessions:
    return RedisSessions(scripts, "preview-one")


@pytest.mark.requirement("OP-21", "OP-24")
async def test_when_a_session_is_saved_then_what_is_loaded_equals_it(sessions: RedisSessions) -> None:
    assert await sessions.save(SAVED) is True
    assert await sessions.load("call-1") == SAVED


async def test_when_nothing_was_saved_then_nothing_is_loaded(sessions: RedisSessions) -> None:
    assert await sessions.load("call-2") is None
    assert await sessions.extend("call-2") is False
    assert await sessions.decided("call-2") is None
    await sessions.delete("call-2")


@pytest.mark.requirement("OP-27")
async def test_when_an_older_version_comes_late_then_it_is_refused(sessions: RedisSessions) -> None:
    newer = replace(SAVED, version=10, node="care")
    assert await sessions.save(newer)
    assert await sessions.save(replace(SAVED, version=9)) is False
    assert await sessions.save(replace(newer, node="other")) is False, "another conversation of the same version"
    assert await sessions.save(newer) is True, "the same save, tried again"
    assert await sessions.load("call-1") == newer
    assert await sessions.save(replace(newer, version=11)) is True


@pytest.mark.requirement("OP-27", "OP-34")
async def test_when_an_agent_that_was_replaced_saves_then_it_is_refused_however_new_its_version(
    sessions: RedisSessions,
) -> None:
    await sessions.save(SAVED)
    loaded = await sessions.load("call-1")
    assert loaded is not None
    successor = replace(loaded.taken_over("agent-2"), version=2)
    assert await sessions.save(successor) is True
    assert await sessions.save(replace(SAVED, version=20, node="other")) is False
    assert await sessions.load("call-1") == successor
    assert await sessions.save(replace(successor, version=3)) is True


@pytest.mark.requirement("OP-27")
async def test_when_the_replaced_agent_saved_after_its_successor_had_loaded_then_the_successor_must_load_again(
    sessions: RedisSessions,
) -> None:
    successor = replace(SAVED.taken_over("agent-2"), version=2)
    late = replace(SAVED, version=2, node="other")
    await sessions.save(SAVED)
    assert await sessions.save(late) is True
    assert await sessions.save(successor) is False
    assert await sessions.load("call-1") == late
    assert await sessions.save(replace(late.taken_over("agent-2"), version=3)) is True


@pytest.mark.requirement("OP-27")
async def test_when_two_agents_take_over_at_once_then_one_of_them_goes_on(sessions: RedisSessions) -> None:
    await sessions.save(SAVED)
    both = [replace(SAVED.taken_over(agent), version=2) for agent in ("agent-2", "agent-3")]
    assert sorted(await asyncio.gather(*map(sessions.save, both))) == [False, True]
    stored = await sessions.load("call-1")
    assert stored in both
    assert [await sessions.save(replace(each, version=3)) for each in both] == [each == stored for each in both]


@pytest.mark.requirement("OP-27")
async def test_when_many_save_at_once_then_the_newest_is_what_is_left(sessions: RedisSessions) -> None:
    await asyncio.gather(*(sessions.save(replace(SAVED, version=version)) for version in range(1, 30)))
    stored = await sessions.load("call-1")
    assert stored is not None
    assert stored.version == 29


@pytest.mark.requirement("OP-22", "OP-120")
@pytest.mark.requirement("OP-23")
@pytest.mark.parametrize("renewal", ["save", "extend"])
async def test_when_saved_or_extended_then_the_full_time_is_set_again(
    sessions: RedisSessions, redis_url: str, renewal: str
) -> None:
    await sessions.save(SAVED)
    async with redis.Redis.from_url(redis_url) as client:
        await client.expire("pickup:preview-one:session:call-1", 5)
        if renewal == "save":
            assert await sessions.save(replace(SAVED, version=2))
        else:
            assert await sessions.extend("call-1")
        assert 3600 - 5 <= await client.ttl("pickup:preview-one:session:call-1") <= 3600


@pytest.mark.requirement("OP-23")
async def test_when_a_session_is_deleted_then_it_is_gone(sessions: RedisSessions) -> None:
    await sessions.save(SAVED)
    await sessions.delete("call-1")
    assert await sessions.load("call-1") is None


@pytest.mark.requirement("PT-12")
async def test_when_many_decide_at_once_then_all_read_the_same_decision(sessions: RedisSessions) -> None:
    asked = [{"kind": "admit", "by": number, "note": "été"} for number in range(20)]
    answers = await asyncio.gather(*(sessions.decide_once("call-1", decision) for decision in asked))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0] in asked
    assert await sessions.decided("call-1") == answers[0]


@pytest.mark.requirement("PT-31")
async def test_when_stages_share_a_redis_then_neither_sees_the_other(scripts: Scripts, redis_url: str) -> None:
    one, two = RedisSessions(scripts, "preview-one"), RedisSessions(scripts, "production")
    await one.save(SAVED)
    await one.decide_once("call-1", {"kind": "admit"})
    assert await two.load("call-1") is None
    assert await two.decided("call-1") is None
    async with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert sorted(await client.keys()) == [
            "pickup:preview-one:decision:call-1",
            "pickup:preview-one:session:call-1",
        ]


async def test_when_what_is_stored_is_no_session_then_it_is_a_failure_of_the_store(
    sessions: RedisSessions, redis_url: str
) -> None:
    async with redis.Redis.from_url(redis_url) as client:
        for rubbish in ("no json", "[1]", '{"session_id": "call-1"}'):
            await client.set("pickup:preview-one:session:call-1", rubbish)
            with pytest.raises(StoreUnavailable):
                await sessions.load("call-1")
        await client.delete("pickup:preview-one:session:call-1")
        await client.lpush("pickup:preview-one:session:call-1", "a list")
    with pytest.raises(StoreUnavailable):
        await sessions.save(SAVED)
