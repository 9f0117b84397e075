"""The directory fails before a call: the caller hears an apology and is called back, and nobody sells anything."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from spooled import spooled

from lab.person.scenario import Scenario
from lab.providers.control import LabControl
from lab.stack.postgres import EmbeddedPostgres, folders
from shared.adapters.sql.migrations import migrate
from shared.config import Settings, changed, pg_bin
from shared.domain.routing import Reason
from shared.services import Services
from shared.wiring import open_services

HARBOR = "00000000-0000-4000-a000-000000000002"
CALLER = "+12065550142"
DID = "+12075550110"


def listener(step: object = "listen", caller: str = CALLER) -> Scenario:
    return Scenario(name="listens", description="Hears what is said.", did=DID, caller=caller, steps=(step,))  # type: ignore[arg-type]


async def heard_announcement(call: Any, lab: LabControl) -> str:
    """What a recogniser makes of the last that the caller's ear got."""
    return (await lab.hear(call.agent_sound_at_the_end(12.0))).lower()


def assert_apologised(call: Any, heard: str) -> None:
    assert "technical problem" in call.agent_words and "will call you back" in call.agent_words, call.story
    assert "technical" in heard and "call you back" in heard, heard
    for told in (heard, call.agent_words.lower(), call.story.lower()):
        assert "sales" not in told
    assert [e.fields["decision"]["reason"] for e in call.told("decided")] == [Reason.DIRECTORY_ERROR.value]
    assert not call.told("node_entered")


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-77", "PT-11", "PT-22")
async def test_given_a_directory_that_refuses_when_a_call_comes_then_the_caller_hears_the_apology_and_an_alert_is_open(
    telephone: Any, lab: LabControl, services: Services, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("alter table numbers rename column template to pattern")
    call = await telephone.call(listener())

    assert_apologised(call, await heard_announcement(call, lab))
    (alert,) = await services.alerts.open_alerts()
    assert (alert.key, alert.severity) == (f"directory_error:{DID}", "page")
    assert alert.fields is not None and alert.fields["cause"] == "42703"
    (callback,) = await connection.fetch("select * from voice_callback_requests")
    assert (str(callback["tenant_id"]), callback["caller_phone"]) == (HARBOR, CALLER)

    await connection.execute("alter table numbers rename column pattern to template")
    await connection.close()
    served = await telephone.call(listener({"hang_up": {"when": "agent_speaking", "after_seconds": 4}}))
    assert "Harbor Light" in served.agent_words, served.story
    assert await services.alerts.open_alerts() == []


async def test_given_a_directory_that_refuses_and_a_hidden_number_then_no_call_back_is_promised(
    telephone: Any, services: Services, database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("drop function listing_v1")
    call = await telephone.call(listener(caller="anonymous"))
    assert "I can't see your number" in call.agent_words, call.story
    assert await connection.fetch("select * from voice_callback_requests") == []
    await connection.close()


@pytest.fixture
async def mortal_postgres(tmp_path: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", pg_bin=pg_bin(), durable=False)
    await server.start()
    await migrate(server.url, local=True)
    yield server
    await server.stop()
    for left in folders(tmp_path):
        shutil.rmtree(left, ignore_errors=True)


@pytest.mark.requirement("PT-13", part="the outcomes, the words, the retry; a tenant isn't told of its limit")
@pytest.mark.requirement("PT-66")
async def test_given_postgres_stopped_before_a_call_when_it_is_back_then_there_is_one_callback_of_the_right_tenant(
    telephone: Any, lab: LabControl, settings: Settings, mortal_postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    # a folder of its own: all processes of a folder deliver what is in its spool, to the database that they share
    ours = changed(settings, database_url=mortal_postgres.url, data_dir=tmp_path / "the process")
    await mortal_postgres.stop()
    async with open_services(ours) as services:
        call = await replace(telephone, services=services).call(listener())
        assert_apologised(call, await heard_announcement(call, lab))

        await mortal_postgres.start()
        async with asyncio.timeout(20):
            while spooled(ours.data_dir / "spool" / "local"):
                await asyncio.sleep(0.05)
        record = await services.records.find(call.call_id)
        alerts = await services.alerts.open_alerts()
    connection = await asyncpg.connect(mortal_postgres.url)
    (callback,) = await connection.fetch("select * from voice_callback_requests")
    assert await connection.fetchval("select count(*) from calls") == 1
    await connection.close()
    assert (str(callback["tenant_id"]), callback["caller_phone"], callback["call_id"]) == (HARBOR, CALLER, call.call_id)
    assert record is not None
    assert (record.disposition, record.outcome, record.decision["reason"]) == (
        "ANSWERED", "ANNOUNCED", "DIRECTORY_ERROR",
    )  # fmt: skip
    assert len({event.key for event in record.events}) == len(record.events) == len(call.events) + 1
    assert [(alert.key, alert.raised) for alert in alerts] == [(f"directory_error:{DID}", 1)]
