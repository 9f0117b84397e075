"""What a caller meets, and what is written down, when something dies during a call in a room."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from room_calls import RoomCall, WorkerProcess, completed, until
from rooms_world import serving_livekit

from lab.person.scenario import load_scenario
from lab.providers.control import LabControl
from lab.stack.livekit import LiveKitServer
from lab.stack.redis import EmbeddedRedis
from shared.config import Settings, redis_bin
from shared.ports import Switchboard
from shared.services import Services

Workers = Callable[..., AbstractAsyncContextManager[WorkerProcess]]


@pytest.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "own-redis", redis_bin=redis_bin())
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def greeted(call: RoomCall) -> None:
    await call.answered()
    await until(lambda: call.agents_heard, 6, "the greeting")


async def serving_pid(worker: WorkerProcess, before: set[int]) -> int:
    """The process that has the one call: it is the one that has done the most."""
    processes = [one for one in worker.job_processes() if one.pid in before]
    return max(processes, key=lambda one: one.cpu_times().user).pid


async def test_given_a_call_when_its_process_is_killed_then_the_worker_ends_the_call_and_takes_the_next(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services
) -> None:
    ready = {one.pid for one in worker.job_processes()}
    async with RoomCall(livekit) as call:
        await greeted(call)
        await asyncio.sleep(1.0)
        os.kill(await serving_pid(worker, ready), signal.SIGKILL)
        killed = time.monotonic()
        await call.ended(within=5.0)
        assert time.monotonic() - killed < 3.0, "the caller isn't left in silence"
    await until_alert(services, "job_died")
    async with RoomCall(livekit, caller="+12065550143") as call:
        await greeted(call)
    assert (await completed(services, call.call_id)).disposition == "ANSWERED"


async def test_given_a_call_when_the_worker_is_killed_then_the_call_is_ended_and_written_down(
    late_worker: Workers, livekit: LiveKitServer, services: Services
) -> None:
    async with late_worker() as worker, RoomCall(livekit) as call:
        await greeted(call)
        # until the first sentence is over, which is when it stands in the transcript
        await asyncio.sleep(6.0)
        jobs = worker.job_processes()
        worker.kill()
        killed = time.monotonic()
        await call.ended(within=10.0)
        assert time.monotonic() - killed < 5.0
        record = await completed(services, call.call_id)
        assert (record.disposition, record.end_reason) == ("ANSWERED", "cancelled")
        assert any(line["speaker"] == "agent" for line in record.transcript)
        assert sum(event.kind == "completion" for event in record.events) == 1
        await until(lambda: not any(one.is_running() for one in jobs), 10, "the job processes have gone")
        assert await services.leases.holder(call.call_id) is None


async def test_given_a_call_that_another_agent_took_over_then_ours_leaves_it_without_a_word_or_a_record(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services, switchboard: Switchboard
) -> None:
    async with RoomCall(livekit) as call:
        await greeted(call)
        holder = await services.leases.holder(call.call_id)
        assert holder is not None
        await services.leases.release(call.call_id, holder)
        assert await services.leases.take(call.call_id, "another", 60)
        await until_alone(switchboard, call.name)
        await asyncio.sleep(1.0)
        assert call.wire.ending is None, "the call goes on"
        record = await services.records.find(call.call_id)
        assert record is not None and record.disposition is None
        assert await services.leases.holder(call.call_id) == "another"


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


class TestRedis:
    @pytest.fixture
    def redis_url(self, own_redis: EmbeddedRedis) -> str:
        return own_redis.url

    async def test_given_a_call_when_redis_is_away_for_a_while_then_the_call_goes_on_and_the_operator_is_told(
        self, worker: WorkerProcess, livekit: LiveKitServer, services: Services, own_redis: EmbeddedRedis
    ) -> None:
        async with RoomCall(livekit) as call:
            await greeted(call)
            own_redis.kill()
            await until_alert(services, "redis_lost")
            async with RoomCall(livekit, caller="+12065550143") as another:
                await greeted(another)
            await own_redis.start()
            await asyncio.sleep(3.0)
            assert call.wire.ending is None
            assert len(call.agents_heard) == 1
            assert await services.leases.holder(call.call_id) is not None, "it has its lease again"
        assert (await completed(services, call.call_id)).ended_by == "caller"
        assert (await completed(services, another.call_id)).disposition == "ANSWERED"


class TestLiveKit:
    @pytest.fixture(scope="class")
    @classmethod
    def livekit(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
        with serving_livekit(tmp_path_factory.mktemp("own-livekit")) as server:
            yield server

    async def test_given_a_call_when_livekit_is_killed_and_comes_back_then_one_agent_goes_on_with_it(
        self,
        worker: WorkerProcess,
        livekit: LiveKitServer,
        services: Services,
        switchboard: Switchboard,
        settings: Settings,
    ) -> None:
        async with RoomCall(livekit) as call:
            await greeted(call)
            livekit.kill()
            await livekit.start()
            call.agents_heard.clear()
            await until(lambda: call.agents_heard, 40, "an agent speaks again")
            await asyncio.sleep(8.0)
            assert len(call.agents_heard) == 1
            assert call.wire.ending is None
            people = await switchboard.participants(call.name)
            assert [one.kind for one in people].count("agent") == 1
            (beat,) = await services.workers.alive()
            assert (beat.calls, beat.registered) == (1, True)
        record = await completed(services, call.call_id)
        assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")
        assert sum(event.kind == "completion" for event in record.events) == 1


async def until_alert(services: Services, key: str, within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while key not in {alert.key for alert in await services.alerts.open_alerts()}:
        assert time.monotonic() < deadline, f"no alert {key} within {within:g} s"
        await asyncio.sleep(0.1)


async def until_alone(switchboard: Switchboard, room: str, within: float = 8.0) -> None:
    deadline = time.monotonic() + within
    while [one.kind for one in await switchboard.participants(room)] != ["caller"]:
        assert time.monotonic() < deadline, f"the agent is still there after {within:g} s"
        await asyncio.sleep(0.1)
