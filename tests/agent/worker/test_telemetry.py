"""The durable events that a worker writes of itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.worker import telemetry as telemetries
from agent.worker.telemetry import Telemetry
from shared.adapters.sql.spool import open_spool
from shared.adapters.sql.worker_events import SqlWorkerEvents
from shared.domain.worker_events import ERROR, HEARTBEAT, STARTED, STOPPED, WorkerEvent
from shared.errors import StoreUnavailable
from shared.observe import report
from shared.ports import WorkerBeat
from shared.services import Services
from shared.tasks import Tasks


def beat(**changes: Any) -> WorkerBeat:
    return replace(WorkerBeat("w1", "local", "test", 1, 4, datetime.now(UTC)), **changes)


def often(services: Services, seconds: float = 0.05) -> Services:
    return replace(services, settings=services.settings.model_copy(update={"heartbeat_seconds": seconds}))


async def found(services: Services, enough: Callable[[list[WorkerEvent]], bool]) -> list[WorkerEvent]:
    async with asyncio.timeout(10):
        while not enough(events := list(await services.worker_events.find("voice.worker", 3600.0))):
            await asyncio.sleep(0.02)
    return events


@pytest.mark.requirement("DU-14")
@pytest.mark.requirement("DU-15", part="order, reason and exit code; readiness is proven with a real worker")
async def test_given_a_worker_when_it_lives_and_ends_then_its_start_heartbeats_errors_and_end_are_stored(
    services: Services,
) -> None:
    telemetry = Telemetry(often(services), "w1")
    async with Tasks() as tasks, telemetry.noting_errors():
        tasks.start("pulse", lambda: telemetry.pulse(lambda: beat(calls=2)))
        await found(services, lambda events: len(events) >= 3)
        report(StoreUnavailable("no answer", "08006"), action="heartbeat", call_id="call-1")
        await found(services, lambda events: any(each.name == ERROR for each in events))
        await tasks.aclose()
        await telemetry.stopped("signal", 0)
    events = await services.worker_events.find("voice.worker", 3600.0)
    assert [each.name for each in events][:2] == [STARTED, HEARTBEAT] and events[-1].name == STOPPED
    assert {each.worker_id for each in events} == {"w1"} and {each.release for each in events} == {"test"}
    assert (events[0].fields["calls"], events[0].fields["capacity"]) == (2, 4)
    (error,) = [each for each in events if each.name == ERROR]
    assert (error.call_id, error.fields["type"], error.fields["count"]) == ("call-1", "store_unavailable", 1)
    assert (events[-1].fields["reason"], events[-1].fields["exit_code"]) == ("signal", 0)


@pytest.mark.requirement("DU-16")
async def test_given_errors_with_secrets_and_numbers_when_one_repeats_then_one_event_a_minute_holds_neither(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    telemetry = Telemetry(services, "w1")
    async with telemetry.noting_errors():
        report(RuntimeError("call +1 206 555 0142 failed with Bearer abcdef123456"), action="call")
        await found(services, lambda events: len(events) == 1)
        for _ in range(5):
            report(RuntimeError("call +1 206 555 0142 failed with Bearer abcdef123456"), action="call")
        report(RuntimeError("another"), action="call")
        await found(services, lambda events: len(events) == 2)
    events = await services.worker_events.find(ERROR, 3600.0)
    # the end writes what was held back
    assert [each.fields["count"] for each in events] == [1, 1, 5]
    assert events[0].fields["message"] == "call [phone] failed with [secret]"
    assert not any("0142" in str(each.fields) or "abcdef" in str(each.fields) for each in events)


class Gate:
    """A database whose door can be shut."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self.open = True

    async def call(self, function: str, payload: dict[str, Any]) -> Any:
        if not self.open:
            raise StoreUnavailable("shut", "08006")
        return await self._database.call(function, payload)


@asynccontextmanager
async def behind_a_gate(services: Services, folder: Path) -> AsyncIterator[tuple[Services, Gate]]:
    gate = Gate(services.worker_events._database)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    async with open_spool(gate, folder) as spool:
        yield replace(services, worker_events=SqlWorkerEvents(gate, spool, "local", "test")), gate


@pytest.mark.requirement("DU-19")
async def test_given_the_store_is_away_when_a_worker_goes_on_then_its_events_come_later_once_and_in_order(
    services: Services, tmp_path: Path
) -> None:
    async with behind_a_gate(services, tmp_path / "spool") as (gated, gate):
        telemetry = Telemetry(often(gated, 0.02), "w1")
        async with Tasks() as tasks:
            gate.open = False
            tasks.start("pulse", lambda: telemetry.pulse(beat))
            async with asyncio.timeout(5):
                while await gated.worker_events._writes.waiting() < 4:  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
                    await asyncio.sleep(0.01)
            assert list(await services.worker_events.find("voice.worker", 3600.0)) == []
        gate.open = True
        events = await found(services, lambda events: len(events) >= 4)
    assert events[0].name == STARTED
    assert {each.name for each in events[1:]} == {HEARTBEAT}
    assert len({each.event_id for each in events}) == len(events)


async def test_given_a_store_that_never_answers_when_a_worker_ends_then_its_end_isnt_held_up(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        async def note(self, event: WorkerEvent) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(telemetries, "_LAST_SECONDS", 0.05)
    silent: Any = Silent()
    async with asyncio.timeout(2):
        await Telemetry(replace(services, worker_events=silent), "w1").stopped("fatal", 1)
