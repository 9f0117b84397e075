"""Postgres or Redis dies under a call: it goes on, the caller is told the truth, nothing is lost or doubled."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from disks import SmallDisk, small_disk
from spooled import spooled
from structlog.testing import capture_logs
from typed_desk import opened

from lab.person.scenario import Scenario
from lab.stack.postgres import EmbeddedPostgres, folders
from lab.stack.redis import EmbeddedRedis
from shared.adapters.sql.migrations import migrate
from shared.config import Settings, changed, pg_bin, redis_bin
from shared.domain.call import CallEvent
from shared.errors import StoreUnavailable
from shared.services import Services
from shared.wiring import open_services

__all__ = ["small_disk"]

pytestmark = pytest.mark.xdist_group("store_faults")

TEMPLATE = "whole"
PRAYER = Scenario(
    name="prayer_in_short",
    description="Has one prayer sent.",
    voice="caller-2",
    steps=(
        {"say": "No thanks, I'd rather you didn't."},
        {"say": "Could you please pray for my dad? He broke his hip on Tuesday."},
        {"say": "My name is Maria Delgado."},
        {"say": "Yes, please send it."},
        {"say": "No, that's it. Thank you so much, bye."},
    ),
)
QUESTION = Scenario(
    name="question_in_short",
    description="Asks for the services.",
    steps=(
        {"say": "No thanks, I'd rather you didn't."},
        {"say": "When do you folks get together on Sundays?"},
        {"say": "Okay, great, that's all I needed. Bye now."},
    ),
)


@pytest.fixture(scope="module")
def mortal_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that writes everything down, to be killed."""
    folder = tmp_path_factory.mktemp("mortal")
    server = EmbeddedPostgres(folder / "postgres", pg_bin=pg_bin())

    async def prepare() -> None:
        await server.start()
        await migrate(await server.create_database(TEMPLATE), local=True)

    try:
        asyncio.run(prepare())
        yield server
    finally:
        asyncio.run(server.stop())
        for left in folders(folder):
            shutil.rmtree(left, ignore_errors=True)


@pytest.fixture
async def database_url(mortal_postgres: EmbeddedPostgres, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    await mortal_postgres.start()
    name = f"test_{time.monotonic_ns()}"
    yield await mortal_postgres.create_database(name, TEMPLATE)
    await mortal_postgres.start()
    await mortal_postgres.drop_database(name)


@pytest.fixture
async def mortal_redis(tmp_path: Path) -> AsyncIterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "redis", appendonly=False, redis_bin=redis_bin())
    await server.start()
    yield server
    await server.stop()


@pytest.mark.requirement("DU-58", part="without Redis, and without Postgres, once answered")
@pytest.mark.requirement("PT-66")
async def test_given_postgres_killed_at_the_answer_when_it_is_back_then_the_running_process_delivers_all_of_it_once(
    telephone: Any, settings: Settings, services: Services, mortal_postgres: EmbeddedPostgres, database_url: str
) -> None:
    telephone.when("answered", killer(mortal_postgres))
    call = await telephone.call(PRAYER)

    assert "it will be passed on as soon as it is back" in call.agent_words, call.story
    assert "has been sent" not in call.agent_words
    kept = waiting_functions(settings)
    for function in ("record_consent_v1", "submit_prayer_v1", "complete_call_v1"):
        assert kept.count(function) == 1, kept

    await mortal_postgres.start()
    await until(lambda: not waiting_functions(settings), 15.0)
    await assert_whole(call, services, database_url)


async def test_given_postgres_killed_within_a_prayer_and_the_process_ended_when_the_next_one_starts_then_it_delivers(
    telephone: Any, settings: Settings, mortal_postgres: EmbeddedPostgres, database_url: str, tmp_path: Path
) -> None:
    ours = settings.model_copy(update={"data_dir": tmp_path / "the process"})
    async with open_services(ours) as services:
        # the prayer was read back, the caller's yes is still to come
        telephone.when("tool_done", killer(mortal_postgres))
        call = await replace(telephone, services=services).call(PRAYER)
    assert "it will be passed on as soon as it is back" in call.agent_words, call.story
    assert "submit_prayer_v1" in waiting_functions(ours)
    assert "complete_call_v1" in waiting_functions(ours)

    await mortal_postgres.start()
    async with open_services(ours) as services:
        await until(lambda: not waiting_functions(ours), 15.0)
        await assert_whole(call, services, database_url)


@pytest.mark.requirement("RP-29", part="a request that neither the store nor the disk takes is never confirmed")
async def test_given_postgres_killed_and_a_full_disk_when_a_caller_agrees_then_they_hear_that_it_could_not_be_passed_on(
    settings: Settings, ear: Any, lab: Any, mortal_postgres: EmbeddedPostgres, small_disk: SmallDisk
) -> None:
    async with open_services(changed(settings, data_dir=small_disk.folder)) as services, opened(services, ear) as desk:
        line, _ = await desk.ring("+12065550142")
        for turn in ("No thanks, I'd rather you didn't.", "Could you please pray for my dad? He broke his hip."):
            await line.say(turn)
        assert "Shall I send it?" in await line.say("My name is Maria Delgado.")
        small_disk.fill()
        await asyncio.to_thread(mortal_postgres.kill)
        with capture_logs() as logs:
            said = await line.say("Yes, please send it.")
            with pytest.raises(StoreUnavailable):
                await desk.hang_up(line)
        assert "couldn't pass that on" in said, said
        assert not any(word in said for word in ("noted", "has been sent", "passed on as soon")), said
        lost = {each["function"]: each["pii"]["payload"] for each in logs if each["event"] == "write lost"}
        assert "Maria" in lost["submit_prayer_v1"]
        assert "hip" in lost["complete_call_v1"], "the record, whole"
        small_disk.free()


@pytest.mark.requirement("DU-58", part="without Redis, and without Postgres, once answered")
@pytest.mark.requirement("OP-28")
async def test_given_redis_killed_during_the_call_then_it_goes_on_to_its_end_and_the_operator_is_told(
    telephone: Any, settings: Settings, mortal_redis: EmbeddedRedis
) -> None:
    ours = changed(settings, redis_url=mortal_redis.url)
    async with open_services(ours) as services:
        telephone.when("consent", killer(mortal_redis))
        call = await replace(telephone, services=services).call(QUESTION)

        record = await services.records.find(call.call_id)
        alerts = await services.alerts.open_alerts()
    assert record is not None
    assert (record.disposition, record.outcome) == ("ANSWERED", "QUESTION_ANSWERED"), call.story
    assert record.end_reason == "goodbye"
    assert "nine and eleven" in call.agent_words
    assert [(alert.key, alert.call_id) for alert in alerts] == [("redis_lost", call.call_id)]
    assert alerts[0].raised == 1


def killer(server: EmbeddedPostgres | EmbeddedRedis) -> Callable[[CallEvent], Awaitable[None]]:
    async def kill(_: CallEvent) -> None:
        await asyncio.to_thread(server.kill)
        assert not server.running

    return kill


def waiting_functions(settings: Settings) -> list[str]:
    """The functions whose calls wait on disk, in their order."""
    return [function for function, _ in spooled(settings.data_dir / "spool" / "local")]


async def until(true: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.05)


async def assert_whole(call: Any, services: Services, database_url: str) -> None:
    """One complete row with all that hangs on it, each once."""
    record = await services.records.find(call.call_id)
    assert record is not None
    assert (record.disposition, record.outcome) == ("ANSWERED", "REQUEST_TAKEN"), call.story
    assert record.ended_at is not None
    assert record.cost_usd is not None and record.cost_usd > 0
    told = [(event.key, event.kind) for event in record.events]
    assert [one for one in told if one[0].startswith("agent:")] == [(e.key, e.kind) for e in call.events]
    assert [one for one in told if not one[0].startswith("agent:")] == [("completion:agent", "completion")]
    assert " ".join(line["text"] for line in record.transcript if line["speaker"] == "caller") == call.caller_words
    assert [consent["answer"] for consent in record.consents] == ["REFUSED"]
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("select count(*) from calls") == 1
        (prayer,) = await connection.fetch("select * from voice_prayer_requests")
        assert await connection.fetchval("select count(*) from consents") == 1
    finally:
        await connection.close()
    assert "hip" in prayer["prayer_request_text"]
    assert "Maria" in prayer["caller_name"]
