"""Redis gone, silent, or behind connections that break: each call ends within its bound, as `StoreUnavailable`."""

import asyncio
import socket
import struct
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import redis.asyncio as redis
from conversations import a_conversation

from agent.worker import lease
from agent.worker.lease import SpeakingLease
from lab.stack.redis import EmbeddedRedis
from shared.adapters.kv.redis import open_redis
from shared.adapters.kv.sessions import RedisSessions
from shared.adapters.kv.upstash import open_upstash
from shared.calls.admit import Ringing
from shared.calls.alerting import CallAlerts
from shared.config import Settings, changed, redis_bin
from shared.domain.routing import Admit
from shared.errors import StoreUnavailable
from shared.ports import WorkerBeat
from shared.services import Services
from shared.wiring import open_services


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


async def test_when_redis_is_full_then_calls_are_answered_without_it_with_one_alert_that_closes_when_there_is_room(
    settings: Settings, tmp_path: Path
) -> None:
    server = EmbeddedRedis(tmp_path / "full", appendonly=False, redis_bin=redis_bin())
    await server.start()
    try:
        async with (
            open_services(changed(settings, redis_url=server.url)) as services,
            redis.Redis.from_url(server.url) as client,
        ):
            await client.config_set("maxmemory", "1")
            for number in range(3):
                ringing = Ringing(f"call-{number}", "+12065550100", "+12065550142", datetime.now(UTC))
                assert isinstance((await services.admit_call(ringing)).decision, Admit)
                assert await SpeakingLease(
                    ringing.call_id, "w1:j1", services.leases, CallAlerts(ringing.call_id, services.alerts)
                ).take()
            with pytest.raises(StoreUnavailable):
                await services.sessions.save(a_conversation(call_id="call-1"))
            (alert,) = await services.alerts.open_alerts()
            assert (alert.key, alert.raised) == ("redis_lost", 3)
            await client.config_set("maxmemory", "0")
            ringing = Ringing("call-4", "+12065550100", "+12065550142", datetime.now(UTC))
            assert isinstance((await services.admit_call(ringing)).decision, Admit)
            assert await services.sessions.decided("call-4") is not None
            assert not await services.alerts.open_alerts()
    finally:
        await server.stop()


async def test_when_redis_has_lost_its_data_then_lease_session_and_beat_are_there_again(
    services: Services, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    gave_up = asyncio.Event()
    holding = SpeakingLease("call-1", "w1:j1", services.leases, CallAlerts("call-1", services.alerts))
    assert await holding.take()
    holding.keep(gave_up.set)
    conversation = a_conversation(call_id="call-1")
    beat = WorkerBeat("w1", "local", "test", 1, 4, datetime.now(UTC))
    try:
        assert await services.sessions.save(replace(conversation, version=7))
        await services.workers.beat(beat)
        async with redis.Redis.from_url(redis_url) as client:
            await client.flushdb()
        async with asyncio.timeout(10):
            while await services.leases.holder("call-1") is None:
                await asyncio.sleep(0.02)
        # the next turn and the next heartbeat, as they come anyway
        assert await services.sessions.save(replace(conversation, version=8))
        await services.workers.beat(beat)
        assert await services.sessions.load("call-1") == replace(conversation, version=8)
        assert [each.worker_id for each in await services.workers.alive()] == ["w1"]
        assert not gave_up.is_set()
    finally:
        await holding.aclose()


@asynccontextmanager
async def resetting(port: int) -> AsyncIterator[tuple[int, Callable[[], int]]]:
    """A way to the server on `port`, and what resets all connections over it; that tells how many there were."""
    open_ones: list[asyncio.StreamWriter] = []
    passing: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        open_ones.append(writer)
        for one in (pass_on(reader, back), pass_on(there, writer)):
            passing.add(asyncio.create_task(one, name="passed on"))

    def reset() -> int:
        for writer in open_ones:
            if not writer.is_closing():
                connection: socket.socket = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        count = len(open_ones)
        open_ones.clear()
        return count

    async with await asyncio.start_server(connect, "127.0.0.1", 0) as server:
        try:
            yield server.sockets[0].getsockname()[1], reset
        finally:
            reset()
            for task in passing:
                task.cancel()
            await asyncio.gather(*passing, return_exceptions=True)


async def test_when_idle_connections_are_reset_then_the_next_calls_go_over_fresh_ones(redis_url: str) -> None:
    server = urlsplit(redis_url).port
    assert server is not None
    async with resetting(server) as (port, reset), open_redis(redis_url.replace(f":{server}", f":{port}")) as scripts:
        sessions = RedisSessions(scripts, f"local-{uuid.uuid4().hex}")
        for settle in (0.0, 0.05):
            await asyncio.gather(*(sessions.decided(f"call-{n}") for n in range(5)))
            assert reset() >= 5
            # the client may have noticed or not
            await asyncio.sleep(settle)
            assert await asyncio.gather(*(sessions.decided(f"call-{n}") for n in range(5))) == [None] * 5


@pytest.mark.parametrize("breaks", [AttributeError("'NoneType' object has no attribute 'close'"), RuntimeError("?")])
async def test_when_the_client_breaks_once_then_it_is_tried_again_and_then_it_is_unavailable(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, breaks: Exception
) -> None:
    left = 1
    send = redis.Redis.execute_command

    async def execute(*args: Any, **options: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            raise breaks
        return await send(*args, **options)

    monkeypatch.setattr(redis.Redis, "execute_command", execute)
    async with open_redis(redis_url) as scripts:
        sessions = RedisSessions(scripts, "local")
        assert await sessions.decided("call-none") is None
        left = 2
        with pytest.raises(StoreUnavailable) as caught:
            await sessions.decided("call-none")
    assert (left, caught.value.cause_code) == (0, type(breaks).__name__)


@pytest.mark.parametrize("breaks", [httpx.ReadError("reset"), httpx.RemoteProtocolError("cut"), RuntimeError("closed")])
async def test_when_an_http_connection_is_reset_then_upstash_is_asked_again_and_what_breaks_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, breaks: Exception
) -> None:
    asked = 0

    async def post(*_: Any, **__: Any) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == 1 or not isinstance(breaks, httpx.TransportError):
            raise breaks
        return httpx.Response(200, json={"result": "OK"})

    monkeypatch.setattr(httpx.AsyncClient, "post", post)
    async with open_upstash("http://upstash.test", "token") as scripts:
        if isinstance(breaks, httpx.TransportError):
            assert await scripts.run("load", ["key"], []) == "OK"
        else:
            with pytest.raises(StoreUnavailable):
                await scripts.run("load", ["key"], [])
    assert asked == (2 if isinstance(breaks, httpx.TransportError) else 1)
