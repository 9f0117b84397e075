import subprocess
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from conversations import a_conversation
from structlog.testing import capture_logs

from shared.config import Settings, changed, load_settings
from shared.domain.call import CallEvent
from shared.errors import ConfigError, DirectoryError, StoreError, StoreUnavailable
from shared.ports import Receipt
from shared.services import Services
from shared.wiring import open_services, refuse_foreign_redis

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


async def test_when_all_is_there_then_every_store_answers(services: Services) -> None:
    call_id = uuid.uuid4().hex
    assert await services.directory.dids("local")
    assert await services.calls.note(CallEvent(call_id, "k", "k", NOON)) is Receipt.STORED
    assert await services.sessions.save(a_conversation(call_id=call_id)) is True
    assert await services.alerts.open_alerts() == []
    record = await services.records.find(call_id)
    assert record is not None
    assert (record.stage, record.release) == ("local", "test")


async def test_when_no_store_is_there_then_it_opens_all_the_same_and_keeps_what_is_durable(settings: Settings) -> None:
    away = changed(settings, database_url="postgresql://u@127.0.0.1:1/d", redis_url="redis://127.0.0.1:1")
    call_id = uuid.uuid4().hex
    async with open_services(away) as services:
        assert await services.calls.note(CallEvent(call_id, "k", "k", NOON)) is Receipt.KEPT
        with pytest.raises(StoreUnavailable):
            await services.sessions.load(call_id)
        with pytest.raises(DirectoryError):
            await services.directory.dids("local")
    async with open_services(settings) as services:
        await services.calls.note(CallEvent(call_id, "k2", "k2", NOON))
    async with open_services(settings) as services:
        record = await services.records.find(call_id)
    assert record is not None
    assert {event.key for event in record.events} == {"k", "k2"}


@pytest.mark.parametrize(("setting", "cached"), [(None, 0), (True, 0), (False, 100)])
async def test_given_a_poolers_address_then_no_statement_is_kept_and_an_operator_learns_of_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, setting: bool | None, cached: int
) -> None:
    asked: list[int] = []

    async def create_pool(url: str, **options: Any) -> Any:
        asked.append(options["statement_cache_size"])
        raise ValueError(url)

    monkeypatch.setattr("asyncpg.create_pool", create_pool)
    pooled = changed(settings, database_url="postgresql://u:p@a.pooler.example.com:6543/d", database_pooler=setting)
    with capture_logs() as logs, pytest.raises(StoreError):
        async with open_services(pooled):
            pass
    assert asked == [cached]
    assert any("PICKUP_DATABASE_POOLER=true" in line["event"] for line in logs) == (setting is None)


@pytest.mark.requirement("PT-31")
async def test_given_a_redis_of_another_kind_of_stage_when_a_process_starts_then_the_remedy_is_said(
    settings: Settings,
) -> None:
    previews = [changed(settings, stage=f"preview-{slug}") for slug in ("blue", "green")]
    for preview in previews:
        await refuse_foreign_redis(preview)
    with pytest.raises(ConfigError, match=r"belongs to preview stages.*pickup:kind.*a database for production stages"):
        await refuse_foreign_redis(changed(settings, stage="production"))


async def test_given_a_redis_that_is_away_when_a_process_starts_then_it_starts(settings: Settings) -> None:
    await refuse_foreign_redis(changed(settings, redis_url="redis://127.0.0.1:1"))


async def test_when_no_store_is_configured_then_the_error_says_what_to_set() -> None:
    with pytest.raises(ConfigError, match="PICKUP_DATABASE_URL"):
        async with open_services(load_settings(needs=(), stage="local")):
            pass


def test_when_wiring_is_imported_then_no_vendor_is() -> None:
    vendors = ("asyncpg", "supabase", "postgrest", "redis", "upstash_redis", "livekit", "fastapi", "modal")
    asked = f"import sys, shared.wiring; print([name for name in {vendors!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
