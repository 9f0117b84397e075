"""The drill: a real worker that hangs is found by its silence and replaced, and the events say so."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from background.heal import HealTimes, WorkerHealer
from lab.stack.livekit import livekit_program
from lab.stack.stack import joined_stack
from local_deploy import healing
from local_deploy.fleet import Fleet, Plan
from local_deploy.healing import LocalWorkers
from local_deploy.local import Ground, local_settings
from local_deploy.stage import LOCAL, Stage, own_settings
from shared.config import cache_dir, load_settings
from shared.domain.worker_events import HEAL, HEARTBEAT, STARTED, STOPPED
from shared.errors import StackError
from shared.process import NEEDS
from shared.tasks import Tasks
from shared.wiring import open_services

NOWHERE = "http://127.0.0.1:1"


@pytest.mark.requirement("DU-15", "DU-17")
@pytest.mark.requirement("DU-35", part="under the local supervisor; the policy's purity is the ladder's table")
@pytest.mark.requirement("DU-36", part="the drill; a heal by an operator's order is proven beside")
@pytest.mark.requirement("DU-80", part="on one machine")
async def test_given_a_worker_that_is_frozen_then_it_is_found_killed_and_replaced_by_one_that_takes_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(healing, "END_STEPS", ((signal.SIGTERM, 0.5),))
    try:
        livekit_program(cache_dir())
    except StackError:
        pytest.skip("needs the phone rig: make phone-rig")
    async with joined_stack(tmp_path, with_providers=False) as stack:
        speech = {"deepgram_api_key": "lab", "openai_api_key": "lab", "deepgram_base_url": NOWHERE}
        own = await own_settings(Ground(stack, local_settings(stack, {})), LOCAL)
        often = {"heartbeat_seconds": 1.0, "data_dir": tmp_path, "openai_base_url": NOWHERE, "worker_calls": 1}
        stage = Stage(own | speech | often, stack.folder / "logs")
        fleet = Fleet(Plan(sip_service="127.0.0.1:1", drain_seconds=0.1), stack, [stage])
        try:
            await fleet.start_livekit()
            await _drill(fleet, stage)
        finally:
            await fleet.stop(at_once=True)


async def _drill(fleet: Fleet, stage: Stage) -> None:
    settings = load_settings(NEEDS, **fleet.settings_of(stage))
    stage.staff(fleet.settings_of(stage), 1, 0.1)
    worker = fleet.add(stage.workers[0])
    async with open_services(settings) as services, Tasks() as tasks, asyncio.timeout(120):
        await worker.first_ready()
        frozen, pid = worker.ready["worker_id"], worker.pid
        assert pid is not None
        while len(await services.worker_events.find(HEARTBEAT, 3600.0, frozen)) < 2:
            await asyncio.sleep(0.1)
        started, *_ = await services.worker_events.find("voice.worker", 3600.0, frozen)
        assert started.name == STARTED and started.fields["registered"] is True
        os.kill(pid, signal.SIGSTOP)
        beats = len(await services.worker_events.find(HEARTBEAT, 3600.0, frozen))
        healer = WorkerHealer(services, LocalWorkers(fleet, stage), HealTimes.of(settings))
        tasks.start("healing workers", healer.repeat)
        while len(heals := await services.worker_events.find(HEAL, 3600.0)) < 2:
            await asyncio.sleep(0.1)
        attempt, success = heals
        assert (attempt.worker_id, attempt.fields["rung"]) == (frozen, 3)
        assert attempt.fields["reason"] == "stale: no heartbeat"
        assert (success.name, success.fields["heal_id"]) == ("voice.worker.heal.success", attempt.fields["heal_id"])
        assert success.fields["new_worker_id"] == worker.ready["worker_id"] != frozen
        assert worker.pid not in (None, pid) and worker.restarts == 1
        # a loop that stands still beats no more, and its end was noted for it
        assert len(await services.worker_events.find(HEARTBEAT, 3600.0, frozen)) <= beats + 1
        while not (ended := await services.worker_events.find(STOPPED, 3600.0, frozen)):
            await asyncio.sleep(0.1)
        assert [each.fields["noted_by"] for each in ended] == ["watchdog"]
    await worker.stop()
    async with open_services(settings) as services:
        (last,) = await services.worker_events.find(STOPPED, 3600.0, success.fields["new_worker_id"])
    assert (last.fields["reason"], last.fields["exit_code"]) == ("signal", 0)
