"""A deploy beside running calls: two generations of real workers on a real LiveKit server."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import pytest
from room_calls import RoomCall, WorkerProcess, completed, greeted, until

from background.generations import Changeover, proof_by
from lab.stack.livekit import LiveKitServer
from shared.adapters import probe
from shared.adapters.probe import RoomProber
from shared.domain.generations import Generation, StageGenerations
from shared.errors import ProbeError
from shared.services import Services

Workers = Callable[..., AbstractAsyncContextManager[WorkerProcess]]
OLD, NEW = Generation(10, "r1"), Generation(20, "r2")


@pytest.mark.long
@pytest.mark.requirement("OP-43")
async def test_given_a_new_generation_when_it_proves_itself_then_it_gets_the_next_call_and_those_of_the_old_one(
    late_worker: Workers, livekit: LiveKitServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    prober = RoomProber(livekit.url, livekit.api_key, livekit.api_secret, services.tokens, services.clock.now)
    changeover = Changeover(services, proof_by(services, lambda: prober))
    for each in (OLD, NEW):
        await services.generations.change(lambda known, each=each: known.offered(each, datetime.now(UTC)))
    with monkeypatch.context() as hurried, pytest.raises(ProbeError, match="no answer"):
        hurried.setattr(probe, "ANSWER_SECONDS", 0.5)
        await prober.call("+12065550100", NEW.number)
    old_worker = late_worker({"generation": OLD.number, "release": OLD.release}, drain_seconds=0.5)
    async with old_worker as old, RoomCall(livekit) as call:
        await greeted(call)
        async with late_worker({"generation": NEW.number, "release": NEW.release}) as new:
            async with RoomCall(livekit, caller="+12065550143") as before:
                await greeted(before)
                before.hang_up()
            async with asyncio.timeout(20):
                while await services.generations.known() != StageGenerations(NEW):
                    await changeover.step()
                    await asyncio.sleep(0.1)
            assert (await completed(services, before.call_id)).release == OLD.release
            await until(lambda: any(line.get("event") == "draining" for line in old.logged()), 12, "the old one drains")
            async with RoomCall(livekit, caller="+12065550144") as after:
                await greeted(after)
                assert old.exit_code is None and len(call.agents_heard) == 1
                after.hang_up()
            assert (await completed(services, after.call_id)).release == NEW.release
            # its platform stops it, with a call that goes on
            old.terminate()
            old.terminate()
            assert await old.ended(within=25) == 0
            await until(lambda: len(call.agents_heard) == 2, 10, "the successor on the line")
            call.hang_up()
            record = await completed(services, call.call_id)
            assert (record.release, record.disposition, record.ended_by) == (OLD.release, "ANSWERED", "caller")
            assert [(beat.generation, beat.standby) for beat in await services.workers.alive()] == [(20, False)]
            assert new.exit_code is None
