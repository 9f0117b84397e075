"""Redis gone, or silent: each call ends within its bound, as `StoreUnavailable`."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lab.stack.redis import EmbeddedRedis
from shared.adapters.kv.redis import open_redis
from shared.adapters.kv.sessions import RedisSessions
from shared.adapters.kv.upstash import open_upstash
from shared.config import redis_bin
from shared.errors import StoreUnavailable


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """Takes connections and never answers."""
    over = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("transport", ["redis", "upstash"])
async def test_when_redis_is_silent_then_the_call_is_bounded(transport: str) -> None:
    async with silent_server() as port:
        opened = (
            open_redis(f"redis://127.0.0.1:{port}", run_seconds=0.2)
            if transport == "redis"
            else open_upstash(f"http://127.0.0.1:{port}", "token", run_seconds=0.2)
        )
        async with opened as scripts:
            began = time.monotonic()
            with pytest.raises(StoreUnavailable):
                await RedisSessions(scripts, "local").load("call-1")
            assert time.monotonic() - began < 1


async def test_when_upstash_answers_with_a_page_then_it_is_unavailable() -> None:
    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\nconnection: close\r\n\r\n<html>")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(page, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with open_upstash(url, "token") as scripts:
            with pytest.raises(StoreUnavailable):
                await RedisSessions(scripts, "local").load("call-1")


async def test_when_redis_is_killed_and_comes_back_then_the_same_client_goes_on(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path, appendonly=False, redis_bin=redis_bin())
    await server.start()
    try:
        async with open_redis(server.url) as scripts:
            sessions = RedisSessions(scripts, "local")
            assert await sessions.decide_once("call-1", {"a": 1}) == {"a": 1}
            server.kill()
            with pytest.raises(StoreUnavailable):
                await sessions.decided("call-1")
            await server.start()
            assert await sessions.decided("call-1") is None
    finally:
        await server.stop()
