"""`pickup status` on a real stage's stores: the verdict, the table's rows, and its exit when something is down."""

import asyncio
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from cli.status import _EXITS, _print  # pyright: ignore[reportPrivateUsage]
from shared.calls import stage_status
from shared.config import Settings, changed
from shared.domain.worker_events import (
    HEAL_ATTEMPT,
    HEAL_SUCCESS,
    HEARTBEAT,
    STARTED,
    STOPPED,
    WorkerEvent,
)
from shared.ports import Alert, Vitals, WorkerBeat
from shared.services import Services
from shared.wiring import open_services

LIFE = (STARTED, HEARTBEAT)


async def come(services: Services, worker_id: str, *names: str, beats: bool = True, calls: int = 0) -> None:
    if beats:
        vitals = Vitals(memory_mb=512.0, load=0.5)
        beat = WorkerBeat(worker_id, "local", "test", calls, 4, datetime.now(UTC), vitals=vitals, generation=7)
        await services.workers.beat(beat)
    for name in names:
        await note(services, name, worker_id)


async def note(services: Services, name: str, worker_id: str, **fields: Any) -> None:
    event = WorkerEvent(uuid.uuid4().hex, name, datetime.now(UTC), worker_id, None, fields)
    await services.worker_events.note(event)


def printed(status: Any) -> str:
    console = Console(width=120, force_terminal=False, record=True)
    with console.capture() as captured:
        _print(console, status)
    return captured.get()


@pytest.mark.requirement("DU-37", part="status; restart and logs aren't there")
@pytest.mark.requirement("DU-77", part="a silence is shown with the open alerts; who is woken next isn't")
async def test_given_a_stages_events_then_status_shows_workers_heartbeat_ages_heals_alerts_and_a_verdict(
    services: Services,
) -> None:
    await come(services, "w1", *LIFE, calls=2)
    await come(services, "w2", beats=True)
    await come(services, "w3", *LIFE, STOPPED, beats=False)
    await note(services, HEAL_ATTEMPT, "w3", heal_id="h1", rung=3, reason="stale: no heartbeat")
    await note(services, HEAL_SUCCESS, "w3", heal_id="h1", seconds=14.2, new_worker_id="w1")
    await services.alerts.raise_(Alert("redis_lost", "page", "Redis is away"))
    await services.alerts.ack("redis_lost", "ann", datetime.now(UTC) + timedelta(hours=1))
    status = await services.status_reader.read()
    rows = {row.worker_id: row for row in status.workers}
    assert {name: (row.state, row.calls) for name, row in rows.items()} == {"w1": ("ready", 2), "w2": ("starting", 0)}
    age, lease = rows["w1"].heartbeat_age_seconds, rows["w1"].lease_age_seconds
    assert age is not None and lease is not None and age < 30 and lease < 30
    assert (rows["w1"].generation, rows["w1"].release, rows["w1"].memory_mb) == (7, "test", 512.0)
    assert status.last_heal and (status.last_heal.outcome, status.last_heal.seconds) == ("success", 14.2)
    assert (status.verdict, status.running_calls) == ("unhealthy", 2)
    assert "not proven" in status.reasons[0]
    shown = printed(status)
    for words in (
        "w1",
        "2 of 4",
        "success in 14.2 s",
        "page redis_lost, silent until",
        "postgres ok",
        "local: unhealthy",
    ):
        assert words in shown, shown
    assert "\x1b" not in shown and "\n w3 " not in shown
    proven = replace(status, verdict="healthy", reasons=("1 worker is ready",))
    assert printed(proven).rstrip().endswith("local: healthy: 1 worker is ready")
    assert _EXITS == {"healthy": 0, "unhealthy": 1, "unreachable": 3}


@pytest.mark.requirement("DU-38", part="status")
@pytest.mark.parametrize(
    ("changes", "down"),
    [
        ({"redis_url": "redis://127.0.0.1:1/0"}, "redis"),
        ({"database_url": "postgresql://nobody@127.0.0.1:1/none"}, "postgres"),
    ],
)
async def test_given_a_store_that_is_down_then_status_names_it_and_shows_what_it_knows(
    settings: Settings, services: Services, changes: dict[str, Any], down: str
) -> None:
    await come(services, "w1", *LIFE)
    async with open_services(changed(settings, **changes, data_dir=settings.data_dir / "elsewhere")) as broken:
        status = await broken.status_reader.read()
    assert status.verdict == "unreachable" and status.reasons[0].startswith(f"{down} can't be asked")
    assert [name for name, says in status.stores.items() if says != "ok"] == [down]
    (row,) = status.workers
    assert row.state == ("ready" if down == "redis" else "unknown")
    assert f"{down} down: " in printed(status)


@pytest.mark.requirement("DU-38", part="status")
async def test_given_a_store_that_never_answers_then_status_waits_three_seconds_for_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        async def alive(self) -> None:
            await asyncio.Event().wait()

    assert stage_status.ANSWER_SECONDS == 3.0
    monkeypatch.setattr(stage_status, "ANSWER_SECONDS", 0.1)
    silent: Any = Silent()
    async with asyncio.timeout(20):
        status = await replace(services, workers=silent).status_reader.read()
    assert (status.verdict, status.stores["redis"]) == ("unreachable", "no answer within 0.1 s")
