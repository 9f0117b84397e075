"""An admission over stores that take connections and never answer: each wait ends by its adapter's own bound."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from shared.adapters.clock import SystemClock
from shared.adapters.kv.redis import open_redis
from shared.adapters.kv.sessions import RedisSessions
from shared.adapters.sql import silence
from shared.adapters.sql.directory import SqlDirectory
from shared.adapters.sql.postgres import open_postgres
from shared.adapters.sql.spool import open_spool
from shared.adapters.sql.stores import SqlAlerts, SqlCalls
from shared.calls.admit import AdmitCall, Ringing
from shared.config import Settings, changed
from shared.domain.routing import Admit, Announce, Reason
from shared.services import Services
from shared.wiring import open_services

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


@pytest.mark.requirement("DU-19", part="a call's writes wait on the disk while the store hangs, and are sent once")
async def test_given_postgres_that_hangs_when_a_call_comes_to_a_fresh_machine_then_one_short_wait_precedes_its_answer(
    services: Services, settings: Settings, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # however slow the machine is that runs this
    monkeypatch.setattr(silence, "LASTS_SECONDS", 60.0)
    listing = await services.directory.listing("+12065550100", "")
    assert listing is not None and listing.tenant_id is not None
    assert await services.directory.tenant(listing.tenant_id) is not None
    fresh = changed(settings, data_dir=tmp_path / "fresh")
    ringing = Ringing("call-1", "+12065550100", "+12065550142", datetime.now(UTC))
    holder = await asyncpg.connect(database_url)
    try:
        async with open_services(fresh) as elsewhere:
            async with holder.transaction():
                await holder.execute(
                    "lock table numbers, tenants, calls, alerts, alert_notices in access exclusive mode"
                )
                async with asyncio.timeout(10):
                    while isinstance((admission := await elsewhere.admit_call(ringing)).decision, Announce):
                        # the first machine puts its copies into Redis beside
                        await asyncio.sleep(0.05)
                with capture_logs() as logs:
                    another = await elsewhere.admit_call(replace(ringing, call_id="call-2"))
                assert isinstance(admission.decision, Admit) and isinstance(another.decision, Admit)
                assert await elsewhere.kept_writes.waiting() >= 2
            # the alerts would have been waited for, 2.5 s
            (alerts,) = [each for each in logs if each["event"] == "alerts not closed"]
            assert alerts["error"] == "open_alerts_v1: the database was silent a moment ago"
            async with asyncio.timeout(20):
                while await elsewhere.kept_writes.waiting():
                    await asyncio.sleep(0.05)
        rows = await holder.fetch("select call_id, decision->>'kind' as kind from calls order by call_id")
        assert [(row["call_id"], row["kind"]) for row in rows] == [("call-1", "admit"), ("call-2", "admit")]
    finally:
        await holder.close()


async def test_given_postgres_that_only_reads_when_a_call_comes_then_it_is_answered_and_its_row_follows_once(
    settings: Settings, database_url: str
) -> None:
    ringing = Ringing("call-1", "+12065550100", "+12065550142", datetime.now(UTC))
    name = database_url.rpartition("/")[2].partition("?")[0]
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(f'alter database "{name}" set default_transaction_read_only = on')
        async with open_services(settings) as services:
            admission = await services.admit_call(ringing)
            assert isinstance(admission.decision, Admit) and admission.tenant is not None
            assert admission.tenant.failure is None, "it can be read"
            assert await services.kept_writes.waiting() >= 1
            assert await connection.fetchval("select count(*) from calls") == 0
        await connection.execute(f'alter database "{name}" reset default_transaction_read_only')
        async with open_services(settings) as services, asyncio.timeout(20):
            while await services.kept_writes.waiting():
                await asyncio.sleep(0.05)
        assert await connection.fetchval("select count(*) from calls") == 1
    finally:
        await connection.close()
