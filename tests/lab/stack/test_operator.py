"""What a stage's user of Redis may and may not do: the attacker has the stage's own password."""

import asyncio
import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from lab.stack.operator import STAGE_COMMANDS, stage_redis_url
from lab.stack.redis import EmbeddedRedis
from shared.adapters.kv.leases import RedisLeases
from shared.adapters.kv.redis import open_redis
from shared.adapters.kv.sessions import RedisSessions
from shared.adapters.kv.workers import RedisWorkers
from shared.errors import StackError
from shared.ports import WorkerBeat

ROOT = Path(__file__).parents[3]
STAGE = "preview-blue"
FOREIGN = (
    "pickup:production:session:call-1", "pickup:preview-blue-2:session:call-1", "pickup:preview-blu:session:call-1",
    "pickup:preview-blue", "pickup:kind", "nodes", "room_node_map",
)  # fmt: skip


async def say(url: str, *command: str) -> object:
    async with Redis.from_url(url, decode_responses=True, socket_timeout=5) as client:
        return await client.execute_command(*command)


@pytest.fixture
async def stage_url(redis_url: str) -> str:
    return await stage_redis_url(redis_url, STAGE)


async def test_given_a_stages_user_then_all_that_a_stage_keeps_in_redis_works(stage_url: str) -> None:
    async with open_redis(stage_url) as scripts:
        sessions, leases, workers = (
            RedisSessions(scripts, STAGE),
            RedisLeases(scripts, STAGE),
            RedisWorkers(scripts, STAGE),
        )
        assert await sessions.decide_once("call-1", {"kind": "admit"}) == {"kind": "admit"}
        assert await sessions.decided("call-1") == {"kind": "admit"}
        assert await sessions.load("call-1") is None and not await sessions.extend("call-1")
        await sessions.delete("call-1")
        assert await leases.take("call-1", "me", 5) and await leases.renew("call-1", "me", 5)
        assert await leases.holder("call-1") == "me"
        await leases.release("call-1", "me")
        await workers.beat(WorkerBeat("w", STAGE, "r1", 0, 4, datetime.now(UTC)))
        assert [beat.worker_id for beat in await workers.alive()] == ["w"]
        assert await workers.pulse("w", 5) == []
        await workers.gone("w")


def test_given_the_scripts_then_a_stages_user_may_use_their_commands_and_no_others() -> None:
    scripts = [file for file in files("shared.adapters.kv").joinpath("lua").iterdir() if file.name != "claim.lua"]
    used = {name.lower() for file in scripts for name in re.findall(r"redis\.p?call\('(\w+)'", file.read_text())}
    assert used == {name.removeprefix("+") for name in STAGE_COMMANDS} - {"ping", "select", "eval", "evalsha"}


@pytest.mark.requirement("PT-31")
@pytest.mark.parametrize("key", FOREIGN)
async def test_given_a_stages_user_when_it_reaches_for_other_keys_then_redis_refuses(
    redis_url: str, stage_url: str, key: str
) -> None:
    await say(redis_url, "SET", key, "theirs")
    own = f"pickup:{STAGE}:x"
    for command in (
        ("GET", key), ("SET", key, "mine"), ("DEL", key), ("EXPIRE", key, "1"),
        ("EVAL", "return redis.call('GET', KEYS[1])", "1", key),
        ("EVAL", f"return redis.call('GET', '{key}')", "0"),
        ("EVAL", f"return redis.call('SET', '{key}', 'mine')", "1", own),
    ):  # fmt: skip
        with pytest.raises(ResponseError):
            await say(stage_url, *command)
    assert await say(redis_url, "GET", key) == "theirs"


@pytest.mark.requirement("PT-31")
@pytest.mark.parametrize(
    "command",
    [
        "KEYS *", "SCAN 0", "FLUSHALL", "FLUSHDB", "CONFIG GET *", "ACL LIST", "ACL WHOAMI", "CLIENT LIST", "MONITOR",
        "INFO", "SHUTDOWN", "SCRIPT FLUSH", "FUNCTION LIST", "PUBLISH c m", "SUBSCRIBE c", "SAVE",
        "REPLICAOF NO ONE", "MODULE LIST", "RANDOMKEY", "DBSIZE", "SWAPDB 0 1", "MOVE pickup:preview-blue:x 1",
        "RENAME pickup:preview-blue:x pickup:preview-blue:y", "COPY pickup:preview-blue:x x",
    ],
)  # fmt: skip
async def test_given_a_stages_user_when_it_gives_an_operators_command_then_redis_refuses(
    stage_url: str, command: str
) -> None:
    with pytest.raises(NoPermissionError):
        await say(stage_url, *command.split())
    with pytest.raises(ResponseError):
        quoted = ", ".join(f"'{word}'" for word in command.split())
        await say(stage_url, "EVAL", f"return redis.call({quoted})", "0")


async def test_given_a_stage_that_is_admitted_again_then_the_password_before_is_good_no_more(
    redis_url: str, stage_url: str
) -> None:
    newer = await stage_redis_url(redis_url, STAGE)
    assert await say(newer, "PING")
    with pytest.raises(AuthenticationError):
        await say(stage_url, "PING")


async def test_given_a_stage_when_redis_is_killed_and_started_again_then_its_user_is_still_known(
    tmp_path: Path,
) -> None:
    server = EmbeddedRedis(tmp_path / "redis")
    await server.start()
    try:
        url = await stage_redis_url(server.url, STAGE)
        server.kill()
        await server.start()
        assert await say(url, "SET", f"pickup:{STAGE}:x", "1")
        assert await say(server.url, "PING")
    finally:
        await server.stop()
    another = EmbeddedRedis(tmp_path / "redis")
    await another.start()
    try:
        with pytest.raises(AuthenticationError):
            await say(another.url.replace("://:", f"://pickup-{STAGE}:"), "PING")
    finally:
        await another.stop()


async def test_given_no_redis_when_a_stage_is_to_be_admitted_then_it_is_said_plainly() -> None:
    async with asyncio.timeout(10):
        with pytest.raises(StackError, match="doesn't admit preview-blue"):
            await stage_redis_url("redis://:x@127.0.0.1:1/0", STAGE)


def test_given_the_recipe_in_the_guide_then_it_makes_the_same_user() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    (rule,) = re.findall(r"ACL SETUSER pickup-preview-blue (.*)", guide)
    assert rule.split("-@all ")[1].split() == list(STAGE_COMMANDS)
    assert "~pickup:preview-blue:*" in rule and "resetchannels" in rule and rule.startswith("reset on ")
