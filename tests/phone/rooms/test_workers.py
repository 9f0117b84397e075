"""Workers of a test's own: one that comes, is full, has no voice, or ends, while calls are in its rooms."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from room_calls import RoomCall, WorkerProcess, completed, greeted, until

from lab.person.scenario import load_scenario
from lab.providers.control import LabControl
from lab.stack.livekit import LiveKitServer
from shared.services import Services

Workers = Callable[..., AbstractAsyncContextManager[WorkerProcess]]


async def test_given_a_call_that_rang_before_the_worker_then_it_is_rescued_once_it_registers(
    late_worker: Workers, livekit: LiveKitServer, services: Services
) -> None:
    async with RoomCall(livekit) as call, late_worker():
        await greeted(call)
        call.hang_up()
        record = await completed(services, call.call_id)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")


async def test_given_a_full_worker_when_calls_come_at_one_moment_then_exactly_its_number_is_answered(
    late_worker: Workers, livekit: LiveKitServer, services: Services
) -> None:
    async with late_worker({"worker_calls": 2}):
        calls = [RoomCall(livekit, caller=f"+1206555014{number}") for number in range(4)]
        await asyncio.gather(*(call.__aenter__() for call in calls))
        try:
            await until(lambda: sum(call.wire.answered.is_set() for call in calls) == 2, 10, "two answers")
            await asyncio.sleep(2.0)
            assert sum(call.wire.answered.is_set() for call in calls) == 2
            (beat,) = await services.workers.alive()
            assert (beat.calls, beat.capacity, beat.registered) == (2, 2, True)
            assert not beat.ready
        finally:
            await asyncio.gather(*(call.__aexit__() for call in calls))


@pytest.mark.requirement("RP-07")
async def test_given_no_voice_to_greet_with_when_a_call_comes_then_the_recorded_apology_is_heard(
    late_worker: Workers, livekit: LiveKitServer, services: Services, lab: LabControl
) -> None:
    async with late_worker(), lab.faulty("tts", "status"), RoomCall(livekit) as call:
        await call.answered()
        await until(lambda: call.agents_heard, 5, "the apology")
        await call.ended(within=20)
    record = await completed(services, call.call_id)
    assert (record.disposition, record.outcome) == ("ANSWERED", "PROVIDER_FAILED")
    assert [line["speaker"] for line in record.transcript] == ["agent"]


@pytest.mark.requirement("DU-06", part="for the time that it is given to drain")
async def test_given_a_call_when_the_worker_is_told_to_end_twice_then_the_call_goes_on_to_its_end(
    late_worker: Workers, livekit: LiveKitServer, services: Services, lab: LabControl
) -> None:
    async with late_worker(drain_seconds=60) as worker, RoomCall(livekit) as call:
        living = asyncio.create_task(call.lives(load_scenario("refuse_recording"), lab))
        await greeted(call)
        worker.terminate()
        await asyncio.sleep(0.5)
        worker.terminate()
        await asyncio.sleep(3.0)
        assert worker.exit_code is None
        async with RoomCall(livekit, caller="+12065550143") as late:
            await asyncio.sleep(2.0)
            assert not late.wire.answered.is_set(), "no new calls"
        await living
        assert await worker.ended(within=15) == 0
        record = await completed(services, call.call_id)
        assert (record.ended_by, record.end_reason) == ("agent", "goodbye")
        assert await services.workers.alive() == []


async def test_given_a_call_that_goes_on_when_the_time_to_end_is_up_then_it_is_ended_and_written_down(
    late_worker: Workers, livekit: LiveKitServer, services: Services
) -> None:
    async with late_worker(drain_seconds=1) as worker, RoomCall(livekit) as call:
        await greeted(call)
        worker.terminate()
        told = time.monotonic()
        await call.ended(within=8)
        assert await worker.ended(within=12) == 0
        assert time.monotonic() - told < 12
        record = await completed(services, call.call_id)
        assert (record.disposition, record.ended_by, record.end_reason) == ("ANSWERED", "system", "room_deleted")
