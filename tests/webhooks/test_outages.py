"""What is told while a store is away: kept before it is answered, or not taken."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
from webhooks_world import FINISHED, JOINED, LEFT, Process, Webhooks, caller, event, record_of, room_name

from lab.stack.postgres import EmbeddedPostgres
from shared.config import Settings, changed
from shared.domain.telephony.rooms import call_id_of
from shared.services import Services
from shared.wiring import open_services


async def test_given_postgres_is_away_when_told_then_it_is_kept_before_the_answer_and_delivered_later(
    serve: Callable[..., Process], settings: Settings, services: Services
) -> None:
    room = room_name()
    away = serve(PICKUP_DATABASE_URL="postgresql://u@127.0.0.1:1/d")
    async with httpx.AsyncClient(base_url=away.ready["url"], timeout=20, trust_env=False) as client:
        told = Webhooks(away, client)
        await told.all(
            event(JOINED, room, participant=caller()),
            event(LEFT, room, participant=caller(disconnectReason="CLIENT_INITIATED")),
            event(FINISHED, room),
        )
        # it had answered: what it said stands though it dies now
        away.kill()
    async with open_services(settings) as later:
        async with asyncio.timeout(10):
            while (record := await later.records.find(call_id_of(room))) is None or len(record.events) < 3:
                await asyncio.sleep(0.05)
    assert {each.kind for each in record.events} == {"caller_joined", "caller_left", "room_finished"}
    assert record.disposition is None, "without its record nobody can tell how it ended: the watchdog does"


async def test_given_nothing_can_be_kept_when_told_then_it_is_no_success_and_may_be_told_again(
    serve: Callable[..., Process], settings: Settings, services: Services
) -> None:
    room, told = room_name(), event("room_started", room_name())
    settings.data_dir.mkdir()
    (settings.data_dir / "spool").write_text("where a folder should be")
    stuck = serve(PICKUP_DATABASE_URL="postgresql://u@127.0.0.1:1/d")
    async with httpx.AsyncClient(base_url=stuck.ready["url"], timeout=20, trust_env=False) as client:
        for _ in range(2):
            answer = await Webhooks(stuck, client).tell(event(JOINED, room, participant=caller()))
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert (await Webhooks(stuck, client).tell(told)).status_code == 503
        (settings.data_dir / "spool").unlink()
        assert (await Webhooks(stuck, client).tell(told)).status_code == 200


async def test_given_redis_is_away_when_a_caller_is_told_of_then_the_call_is_decided_all_the_same(
    serve: Callable[..., Process], services: Services
) -> None:
    room = room_name()
    without = serve(PICKUP_REDIS_URL="redis://127.0.0.1:1")
    async with httpx.AsyncClient(base_url=without.ready["url"], timeout=20, trust_env=False) as client:
        await Webhooks(without, client).all(event(JOINED, room, participant=caller()), event(FINISHED, room))
    record = await record_of(services, room)
    assert record.decision["reason"] == "NUMBER_BOUND"
    assert record.end_reason == "not_answered", "why can't be told: nobody knows of the workers"


async def test_given_postgres_stops_and_comes_back_when_told_meanwhile_then_nothing_is_lost(
    serve: Callable[..., Process], settings: Settings, tmp_path: Any
) -> None:
    from shared.adapters.sql.migrations import migrate
    from shared.config import pg_bin

    server = EmbeddedPostgres(tmp_path / "own-postgres", pg_bin=pg_bin(), durable=False)
    await server.start()
    try:
        url = await server.create_database("calls")
        await migrate(url, local=True)
        process = serve(PICKUP_DATABASE_URL=url)
        before, during, after = room_name(), room_name(), room_name()
        async with httpx.AsyncClient(base_url=process.ready["url"], timeout=20, trust_env=False) as client:
            told = Webhooks(process, client)
            await told.all(event(JOINED, before, participant=caller()))
            await server.stop()
            await told.all(event("room_started", during))
            await server.start()
            await told.all(event("room_started", after))
            own = changed(settings, database_url=url)
            async with open_services(own) as services, asyncio.timeout(15):
                for room in (before, during, after):
                    while await services.records.find(call_id_of(room)) is None:
                        await asyncio.sleep(0.05)
    finally:
        await server.stop()
