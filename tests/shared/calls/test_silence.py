"""An admission over stores that take connections and never answer: each wait ends by its adapter's own bound."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.adapters.clock import SystemClock
from shared.adapters.kv.redis import open_redis
from shared.adapters.kv.sessions import RedisSessions
from shared.adapters.sql.directory import SqlDirectory
from shared.adapters.sql.postgres import open_postgres
from shared.adapters.sql.spool import open_spool
from shared.adapters.sql.stores import SqlAlerts, SqlCalls
from shared.calls.admit import AdmitCall, Ringing
from shared.domain.routing import Announce, Reason

REDIS_SECONDS, POSTGRES_SECONDS, PATIENCE_SECONDS, SLACK_SECONDS = 0.2, 0.4, 0.6, 1.0


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
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


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
async def test_given_silent_stores_when_a_call_rings_then_it_is_decided_within_the_deadline_and_one_write(
    silent_port: int, tmp_path: Path
) -> None:
    dsn, clock = f"postgresql://u@127.0.0.1:{silent_port}/d", SystemClock()
    async with AsyncExitStack() as opened:
        redis = open_redis(f"redis://127.0.0.1:{silent_port}", run_seconds=REDIS_SECONDS)
        sessions = RedisSessions(await opened.enter_async_context(redis), "local")
        database = await opened.enter_async_context(open_postgres(dsn, call_seconds=POSTGRES_SECONDS))
        spool = await opened.enter_async_context(open_spool(database, tmp_path))
        calls = SqlCalls(database, spool, "local", "r1")
        alerts = SqlAlerts(database, spool, "local", "r1", clock)
        admit = AdmitCall("local", "r1", SqlDirectory(database), calls, sessions, alerts, PATIENCE_SECONDS)
        began = time.monotonic()
        admission = await admit(Ringing("call-1", "+12065550100", None, datetime.now(UTC)))
        took = time.monotonic() - began
        assert admission.decision == Announce(Reason.DIRECTORY_ERROR)
        # the call's row, and the alerts of Redis and the directory, which queue behind it
        assert await spool.waiting() == 3
    assert took < PATIENCE_SECONDS + REDIS_SECONDS + POSTGRES_SECONDS + SLACK_SECONDS
