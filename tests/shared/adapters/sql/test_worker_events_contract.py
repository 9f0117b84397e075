"""What every transport to Postgres must do with the events of workers."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from stores_world import NOON, Straight, World

from shared.adapters.sql.stores import Writes
from shared.adapters.sql.worker_events import WAITING_MOST, SqlWorkerEvents
from shared.domain.worker_events import ERROR, HEARTBEAT, STARTED, WorkerEvent


class Waiting(Straight):
    """Writes without a spool, behind which so many wait."""

    waits = 0

    async def waiting(self) -> int:
        return self.waits


def events_of(world: World, stage: str = "") -> tuple[SqlWorkerEvents, Waiting]:
    writes = Waiting(world.database)
    checked: Writes = writes
    assert checked
    return SqlWorkerEvents(world.database, writes, stage or world.stage, "r1"), writes


def event(name: str, worker_id: str = "w1", seconds: float = 0, **fields: Any) -> WorkerEvent:
    return WorkerEvent(uuid.uuid4().hex, name, NOON + timedelta(seconds=seconds), worker_id, None, fields)


@pytest.mark.requirement("DU-20", part="the store; the command is proven with the others")
async def test_when_events_are_written_twice_and_in_any_order_then_they_are_found_once_by_name_worker_and_time(
    world: World,
) -> None:
    events, _ = events_of(world)
    elsewhere, _ = events_of(world, f"preview-{uuid.uuid4().hex[:8]}")
    beat, start = event(HEARTBEAT, seconds=60, calls=2), event(STARTED)
    for each in (beat, start, event(ERROR, "w2", 30), beat, event("voice.worker.heal.attempt", "w2", 90)):
        await events.note(each)
    await elsewhere.note(event(HEARTBEAT))
    found = await events.find("voice.", 60.0)
    assert [each.name.removeprefix("voice.worker.") for each in found] == [
        "started",
        "error",
        "heartbeat",
        "heal.attempt",
    ]
    (kept,) = await events.find("voice.worker.heartbeat", 60.0)
    assert (kept.event_id, kept.at, kept.fields, kept.release) == (beat.event_id, beat.at, {"calls": 2}, "r1")
    assert kept.noted_at is not None
    assert [each.worker_id for each in await events.find("voice.worker", 60.0, "w2")] == ["w2", "w2"]
    assert [each.name for each in await events.find("voice.worker", 60.0, limit=1)] == ["voice.worker.heal.attempt"]
    await world.sql.execute("update worker_events set noted_at = now() - interval '2 minutes' where name like '%heal%'")
    assert await events.find("voice.worker.heal", 60.0) == []
    assert len(await elsewhere.find("voice.", 60.0)) == 1


@pytest.mark.requirement("DU-88")
async def test_when_events_grow_old_then_heartbeats_go_after_14_days_and_all_else_after_400(world: World) -> None:
    events, _ = events_of(world)
    ages = {
        ("voice.worker.heartbeat", "13 days 23 hours"): True,
        ("voice.worker.heartbeat", "14 days 1 hour"): False,
        ("voice.worker.heal.failed", "14 days 1 hour"): True,
        ("voice.worker.heal.failed", "399 days"): True,
        ("voice.worker.heal.failed", "401 days"): False,
        ("voice.caller.rejected", "399 days"): True,
        ("voice.caller.rejected", "401 days"): False,
        ("voice.worker.error", "401 days"): False,
    }
    ids = {}
    for name, age in ages:
        each = event(name)
        await events.note(each)
        ids[each.event_id] = (name, age)
        await world.sql.execute(
            "update worker_events set noted_at = now() - $2::text::interval where event_id = $1", each.event_id, age
        )
    assert await events.forget() == list(ages.values()).count(False)
    left = {ids[each.event_id] for each in await events.find("voice.", 500 * 86400.0)}
    assert left == {age for age, kept in ages.items() if kept}
    assert await events.forget() == 0


@pytest.mark.requirement("DU-19", part="the bound; that a call isn't delayed is proven with the worker's own events")
async def test_when_very_much_waits_for_the_store_then_heartbeats_are_dropped_and_nothing_else(world: World) -> None:
    events, writes = events_of(world)
    writes.waits = WAITING_MOST
    assert await events.note(event(HEARTBEAT)) is None
    assert await events.note(event(ERROR)) is not None
    assert [each.name for each in await events.find("voice.", 60.0)] == [ERROR]
