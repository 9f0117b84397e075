import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from lab.stack import processes
from lab.stack.postgres import folders, home_of
from lab.stack.processes import FolderLock
from lab.stack.stack import joined_stack, socket_path
from shared.errors import StackError

ROOT = Path(__file__).parents[3]

CLIENT = """
import asyncio, sys
from pathlib import Path
from lab.stack.stack import joined_stack

async def main():
    async with joined_stack(Path(sys.argv[1]), with_providers=False) as stack:
        print(stack.postgres_url, flush=True)
        try:
            await asyncio.sleep(60)
        finally:
            import asyncpg
            connection = await asyncpg.connect(stack.postgres_url)
            print(await connection.fetchval("select 'written down'"), flush=True)
            await connection.close()

asyncio.run(main())
"""


@pytest.fixture
async def data_dir(tmp_path: Path) -> AsyncIterator[Path]:
    data_dir = tmp_path / "data"
    yield data_dir
    await ended(data_dir)
    for left in folders(data_dir):
        shutil.rmtree(left, ignore_errors=True)


async def ended(data_dir: Path, within: float = 15.0) -> None:
    """Waits until no supervisor holds the folder."""
    lock = FolderLock(data_dir / "stack.lock")
    deadline = time.monotonic() + within
    while not lock.take():
        assert time.monotonic() < deadline, "the stack doesn't end"
        await asyncio.sleep(0.02)
    lock.free()


async def gone(pids: list[int], within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while left := [line for pid in pids if (line := processes.command_line(pid))]:
        assert time.monotonic() < deadline, f"left behind: {left}"
        await asyncio.sleep(0.02)


def servers(data_dir: Path) -> list[int]:
    """The process ids of the running Postgres and Redis."""
    postmaster = home_of(data_dir / "postgres") / "data" / "postmaster.pid"
    return [int(file.read_text().split()[0]) for file in (postmaster, data_dir / "redis" / "redis.pid")]


def client(data_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(data_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


async def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return (await asyncio.to_thread(process.stdout.readline)).strip()


async def ask(url: str, query: str) -> object:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        return await connection.fetchval(query, timeout=10)
    finally:
        await connection.close(timeout=5)


async def test_given_two_who_join_at_once_when_one_leaves_then_the_other_still_has_the_same_stack(
    data_dir: Path,
) -> None:
    other = client(data_dir)
    async with joined_stack(data_dir, with_providers=False) as stack:
        url = await first_line(other)
        assert url == stack.postgres_url
        other.send_signal(signal.SIGINT)
        other.communicate(timeout=20)
        await asyncio.sleep(1)  # Longer than an unused stack waits.

        assert await ask(stack.postgres_url, "select count(*) > 0 from public.tenants") is True
        async with Redis.from_url(stack.redis_url, socket_timeout=5) as redis:
            assert await redis.set("kept", "42")
        pids = servers(data_dir)

    await ended(data_dir)
    await gone(pids)
    assert not socket_path(data_dir).exists()


async def test_given_data_when_the_stack_is_started_another_time_then_it_lives_on(data_dir: Path) -> None:
    async with joined_stack(data_dir, with_providers=False) as stack:
        await ask(stack.postgres_url, "create table kept as select 42 as answer")
        async with Redis.from_url(stack.redis_url, socket_timeout=5) as redis:
            await redis.set("kept", "42")
    await ended(data_dir)

    async with joined_stack(data_dir, with_providers=False) as stack:
        assert await ask(stack.postgres_url, "select answer from kept") == 42
        async with Redis.from_url(stack.redis_url, socket_timeout=5) as redis:
            assert await redis.get("kept") == b"42"


async def test_given_the_last_client_killed_when_it_can_not_leave_then_the_stack_ends(data_dir: Path) -> None:
    process = client(data_dir)
    await first_line(process)
    pids = servers(data_dir)

    process.kill()
    process.communicate(timeout=5)

    await ended(data_dir)
    await gone(pids)


async def test_given_ctrl_c_in_the_terminal_when_the_client_winds_up_then_it_still_has_the_stack(
    data_dir: Path,
) -> None:
    process = client(data_dir)
    await first_line(process)

    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=20)

    assert said.strip() == "written down"


@pytest.mark.skipif(sys.platform != "linux", reason="the system doesn't end children with their parent")
async def test_given_the_supervisor_killed_when_joined_again_then_no_orphans_and_a_new_stack(data_dir: Path) -> None:
    async with joined_stack(data_dir, with_providers=False):
        pids = servers(data_dir)
        os.kill(int((data_dir / "stack.lock").read_text()), signal.SIGKILL)

        await gone(pids)

        async with joined_stack(data_dir, with_providers=False) as stack:
            assert await ask(stack.postgres_url, "select 1") == 1


async def test_given_a_dead_postgres_when_somebody_joins_then_it_is_back_on_its_address(data_dir: Path) -> None:
    async with joined_stack(data_dir, with_providers=False) as stack:
        os.kill(servers(data_dir)[0], signal.SIGKILL)
        with pytest.raises((OSError, asyncpg.PostgresError)):
            while True:
                await ask(stack.postgres_url, "select 1")

        async with joined_stack(data_dir, with_providers=False) as second:
            assert second.postgres_url == stack.postgres_url
            assert await ask(second.postgres_url, "select 1") == 1


async def test_given_a_missing_program_when_joining_then_the_error_says_which(data_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"PG_BIN is .*there is no program initdb"):
        async with joined_stack(data_dir, with_providers=False, pg_bin=tmp_path / "nothing"):
            pass


async def test_given_a_folder_that_can_not_be_used_when_joining_then_the_log_is_shown(data_dir: Path) -> None:
    (data_dir / "stack.lock").mkdir(parents=True)
    try:
        with pytest.raises(StackError, match=r"(?s)can't be started.*IsADirectoryError.*stack\.log"):
            async with joined_stack(data_dir, with_providers=False):
                pass
    finally:
        (data_dir / "stack.lock").rmdir()


async def test_given_one_without_providers_when_another_wants_them_then_they_are_started(data_dir: Path) -> None:
    told: list[str] = []
    async with (
        joined_stack(data_dir, with_providers=False, progress=told.append) as first,
        joined_stack(data_dir, progress=told.append) as second,
        httpx.AsyncClient(timeout=5) as web,
    ):
        assert first.providers_url == ""
        assert (await web.get(second.providers_url)).status_code in (200, 404)
        assert told == ["starting Postgres and Redis", "starting the speech and language providers"]
    await ended(data_dir)
    async with httpx.AsyncClient(timeout=5) as web:
        with pytest.raises(httpx.ConnectError):
            await web.get(second.providers_url)
