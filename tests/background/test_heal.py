"""Heals of workers on real stores: what is done, and what the events say of it."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from background.heal import _LEASE, ALERT, HealTimes, WorkerHealer  # pyright: ignore[reportPrivateUsage]
from shared.adapters.memory import MemorySwitchboard
from shared.domain.heal import Close, Rest, Restart
from shared.domain.telephony.rooms import Participant, call_id_of, room_prefix
from shared.domain.worker_events import (
    HEAL,
    HEAL_ATTEMPT,
    HEAL_REQUESTED,
    HEARTBEAT,
    SIP_ONLY,
    STARTED,
    STOPPED,
    WorkerEvent,
)
from shared.ports import Vitals, WorkerBeat
from shared.services import Services

TIMES = HealTimes(look=0.05, bounds={3: 0.4, 4: 0.4})


async def note(services: Services, name: str, worker_id: str, event_id: str = "", **fields: Any) -> str:
    event = WorkerEvent(event_id or uuid.uuid4().hex, name, datetime.now(UTC), worker_id, None, fields)
    await services.worker_events.note(event)
    return event.event_id


async def come(services: Services, worker_id: str, **vitals: Any) -> None:
    """A worker is there, registered and beating."""
    beat = WorkerBeat(worker_id, "local", "test", 0, 4, datetime.now(UTC), vitals=Vitals(f"AW_{worker_id}", **vitals))
    await services.workers.beat(beat)
    await note(services, STARTED, worker_id)
    await note(services, HEARTBEAT, worker_id, livekit_id=f"AW_{worker_id}")


class Machine:
    """A platform whose workers come at once, and which can be out of order."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.orders: list[tuple[str, str]] = []
        self.broken: set[str] = set()
        self.lazy: set[str] = set()

    async def exists(self, worker_id: str) -> bool | None:
        return None

    async def restart(self, worker_id: str) -> None:
        await self._act("restart", worker_id)

    async def start(self) -> None:
        await self._act("start", "")

    async def remove(self, worker_id: str) -> None:
        self.orders.append(("remove", worker_id))

    async def _act(self, order: str, worker_id: str) -> None:
        self.orders.append((order, worker_id))
        if order in self.broken:
            raise RuntimeError("the platform refuses")
        if order not in self.lazy:
            await come(self._services, f"new-{len(self.orders)}")


@pytest.fixture
def stage(services: Services) -> Services:
    return replace(services, switchboard=MemorySwitchboard())


async def heals(stage: Services) -> list[tuple[str, str, Any]]:
    events = await stage.worker_events.find(HEAL, 3600.0)
    return [(each.name.rpartition(".")[2], each.worker_id, each.fields.get("rung")) for each in events]


@pytest.mark.requirement("DU-29")
@pytest.mark.requirement("DU-30", part="a heartbeat younger than the attempt; there is no canary yet")
async def test_given_a_deaf_worker_then_a_fresh_one_that_beats_is_the_success_of_its_heal(stage: Services) -> None:
    machine = Machine(stage)
    await come(stage, "w1", offered_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert await WorkerHealer(stage, machine, TIMES).look() == Restart(
        "w1", "deaf: offered a job, or without LiveKit, and takes none"
    )
    assert machine.orders == [("restart", "w1")]
    attempt, success = await stage.worker_events.find(HEAL, 3600.0)
    assert await heals(stage) == [("attempt", "w1", 3), ("success", "w1", 3)]
    assert attempt.fields["heal_id"] == success.fields["heal_id"]
    assert (success.fields["new_worker_id"], success.fields["reason"]) == ("new-1", attempt.fields["reason"])
    assert success.fields["seconds"] >= 0
    (stopped,) = await stage.worker_events.find(STOPPED, 3600.0)
    assert (stopped.worker_id, stopped.fields["reason"]) == ("w1", "fatal")
    assert await WorkerHealer(stage, machine, TIMES).look() == Rest("all workers are well")


@pytest.mark.requirement("DU-31", part="a rung that fails leads to the next, and pages; rung 5 isn't built")
async def test_given_rungs_that_fail_then_the_next_follows_a_person_is_paged_and_recovery_closes_the_page(
    stage: Services,
) -> None:
    machine = Machine(stage)
    machine.lazy, machine.broken = {"restart"}, {"start"}
    await come(stage, "w1", offered_at=datetime(2026, 1, 1, tzinfo=UTC))
    healer = WorkerHealer(stage, machine, TIMES)
    await healer.look()
    assert [each.key for each in await stage.alerts.open_alerts() if each.key == ALERT] == []
    await healer.look()
    assert machine.orders == [("restart", "w1"), ("start", "")]
    ends = [("attempt", "w1", 3), ("failed", "w1", 3), ("attempt", "w1", 4), ("failed", "w1", 4)]
    assert await heals(stage) == ends
    events = await stage.worker_events.find(HEAL, 3600.0)
    assert "no fresh worker within" in events[1].fields["problem"]
    assert events[3].fields["problem"] == "the platform refuses"
    (page,) = [each for each in await stage.alerts.open_alerts() if each.key == ALERT]
    assert page.severity == "page" and page.fields and "w1" in str(page.fields["tried"])
    await come(stage, "w1")
    assert isinstance(await healer.look(), Rest)
    assert ALERT not in {each.key for each in await stage.alerts.open_alerts()}


@pytest.mark.requirement("DU-29")
async def test_given_the_watchdog_died_in_a_heal_then_its_next_run_closes_that_once_as_lost(stage: Services) -> None:
    await come(stage, "w1")
    await note(stage, HEAL_ATTEMPT, "w1", heal_id="h1", rung=3, reason="stale")
    healer = WorkerHealer(stage, Machine(stage), TIMES)
    assert isinstance(await healer.look(), Close)
    assert isinstance(await healer.look(), Rest)
    _, failed = await stage.worker_events.find(HEAL, 3600.0)
    assert (failed.fields["heal_id"], failed.fields["problem"]) == ("h1", "watchdog_lost")
    assert await heals(stage) == [("attempt", "w1", 3), ("failed", "w1", 3)]


@pytest.mark.requirement("DU-33", part="the lock; cool-down and the end of restarts are rows of the ladder's table")
async def test_given_another_process_heals_this_stage_then_nobody_else_does(stage: Services) -> None:
    machine = Machine(stage)
    await come(stage, "w1", offered_at=datetime(2026, 1, 1, tzinfo=UTC))
    await stage.leases.take(_LEASE, "another", 30.0)
    assert await WorkerHealer(stage, machine, TIMES).look() == Rest("another process heals this stage")
    assert machine.orders == [] and await heals(stage) == []


@pytest.mark.requirement("DU-32")
async def test_given_a_hung_worker_whose_calls_go_on_then_it_is_ended_once_they_are_over(stage: Services) -> None:
    machine = Machine(stage)
    healer = WorkerHealer(stage, machine, TIMES)
    room = f"{room_prefix('local')}_+12065550100_call1"
    switchboard: Any = stage.switchboard
    switchboard.join(room, Participant("sip_1", "caller", {}))
    await stage.leases.take(call_id_of(room), "AW_w1:job1", 60.0)
    await come(stage, "w1", offered_at=datetime(2026, 1, 1, tzinfo=UTC))
    await healer.look()
    await healer.look()
    assert machine.orders == [("start", "")], "its call goes on"
    await stage.leases.release(call_id_of(room), "AW_w1:job1")
    await healer.look()
    assert machine.orders == [("start", ""), ("remove", "w1")]
    assert await heals(stage) == [("attempt", "w1", 4), ("success", "w1", 4)]


@pytest.mark.requirement("DU-41", part="orders to heal a worker")
async def test_given_an_operators_order_then_it_and_its_result_are_kept_and_it_is_done_once(stage: Services) -> None:
    machine = Machine(stage)
    await come(stage, "w1")
    order = await note(stage, HEAL_REQUESTED, "w1", by="ann")
    healer = WorkerHealer(stage, machine, TIMES)
    assert isinstance(await healer.planned(), Restart) and machine.orders == []
    await healer.look()
    await healer.look()
    assert machine.orders == [("restart", "w1")]
    requested, attempt, success = await stage.worker_events.find(HEAL, 3600.0)
    assert (requested.fields["by"], attempt.fields["request"], success.fields["request"]) == ("ann", order, order)
    assert attempt.fields["reason"] == "asked for by ann"


@pytest.mark.requirement("DU-24")
async def test_given_callers_alone_in_their_rooms_then_each_is_a_window_once_and_two_of_them_are_healed(
    stage: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.calls import stage_health

    monkeypatch.setattr(stage_health, "WINDOW_SECONDS", 0.0)
    machine = Machine(stage)
    switchboard: Any = stage.switchboard
    rooms = [f"{room_prefix('local')}_+12065550100_call{number}" for number in range(3)]
    for room, kinds in zip(rooms, (["caller"], ["caller", "agent"], ["caller"]), strict=True):
        for kind in kinds:
            switchboard.join(room, Participant(kind, kind, {}))  # type: ignore[arg-type]
    await come(stage, "w1")
    healer = WorkerHealer(stage, machine, TIMES)
    await healer.look()
    assert machine.orders == [("restart", "w1")]
    alone = {each.call_id for each in await stage.worker_events.find(SIP_ONLY, 600.0)}
    assert alone == {call_id_of(rooms[0]), call_id_of(rooms[2])}
    await healer.look()
    assert len(await stage.worker_events.find(SIP_ONLY, 600.0)) == 2
    assert machine.orders == [("restart", "w1")], "windows from before a heal count no more"


@pytest.mark.requirement("DU-32")
async def test_given_callers_alone_when_the_worker_has_calls_that_go_on_then_a_fresh_one_comes_beside_it(
    stage: Services,
) -> None:
    machine = Machine(stage)
    room = f"{room_prefix('local')}_+12065550100_call1"
    switchboard: Any = stage.switchboard
    switchboard.join(room, Participant("sip_1", "caller", {}))
    await stage.leases.take(call_id_of(room), "AW_w1:job1", 60.0)
    await come(stage, "w1")
    for number in range(2):
        await note(stage, SIP_ONLY, "", f"sip-only:{number}")
    await WorkerHealer(stage, machine, TIMES).look()
    assert machine.orders == [("start", "")]
