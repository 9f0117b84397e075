"""The whole phone system on this machine, from the embedded stack to the stages' workers: what `pickup up` runs."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from background.heal import HealTimes, WorkerHealer
from local_deploy.fleet import RESTART, Fleet, Plan
from local_deploy.healing import LocalWorkers
from local_deploy.local import ground, opened
from local_deploy.running import announce_running, announcement_path
from local_deploy.stage import Stage, own_settings
from shared.config import EVERYTHING, load_settings
from shared.errors import PickupError
from shared.services import Services
from shared.tasks import Tasks

RECENT_CALLS = 5
STORES_SECONDS = 2.0
"""The longest wait for the stores when the state is shown."""


@dataclass(frozen=True)
class System:
    fleet: Fleet
    services: Sequence[Services]
    """Of each stage."""

    @property
    def addresses(self) -> dict[str, Any]:
        fleet = self.fleet
        return {
            "sip": fleet.sip,
            "carrier": fleet.carrier.sip,
            "carrier_desk": fleet.carrier.url,
            "livekit": fleet.livekit.url,
            "webhooks": fleet.stages[0].webhooks_url,
            "pid": os.getpid(),
            "stages": {stage.name: {"webhooks": stage.webhooks_url, "dids": stage.dids} for stage in fleet.stages},
        }

    async def state(self) -> dict[str, Any]:
        """The processes, the calls now and the latest ones; of calls None while the stores don't answer."""
        livekit = self.fleet.livekit
        processes = [
            {"name": "livekit", "state": "ready" if livekit.running else "down", "pid": livekit.pid, "restarts": 0}
        ]
        processes += [
            {"name": child.name, "state": child.state, "pid": child.pid, "restarts": child.restarts}
            for child in self.fleet.children
        ]
        state: dict[str, Any] = {"processes": processes, "calls": None, "capacity": None, "recent": []}
        with suppress(PickupError, TimeoutError):
            async with asyncio.timeout(STORES_SECONDS):
                beats = [beat for stage in self.services for beat in await stage.workers.alive()]
                state["calls"] = sum(beat.calls for beat in beats)
                state["capacity"] = sum(beat.capacity for beat in beats)
                state["recent"] = await self._recent()
        return state

    async def _recent(self) -> list[dict[str, Any]]:
        recent = [r for stage in self.services for r in await stage.records.recent(stage.settings.stage, RECENT_CALLS)]
        recent.sort(key=lambda record: record.ringing_at, reverse=True)
        return [
            {
                "call": record.call_id[:8],
                "stage": record.stage,
                "caller": record.caller,
                "business": record.tenant_name,
                "disposition": record.disposition,
                "outcome": record.outcome,
            }
            for record in recent[:RECENT_CALLS]
        ]


@asynccontextmanager
async def running_system(
    plan: Plan,
    names: Sequence[str],
    *,
    calls: int,
    live: bool,
    progress: Callable[[str], None],
    stops: Callable[[], int],
    ending: Callable[[], None],
) -> AsyncIterator[System]:
    """Runs the stages `names`, each with workers for `calls` calls at once.

    At the end it calls `ending`, and running calls may finish; `stops` is how often the user asked for the end: a
    second time ends them. Raises `InputError` for a stage without a number, `StackError` for what can't start.
    """
    async with AsyncExitStack() as entered:
        here = await entered.enter_async_context(ground(live=live, progress=progress))
        stages = [
            Stage(await own_settings(here, name) | {"worker_calls": calls}, here.stack.folder / "logs", len(names) > 1)
            for name in names
        ]
        fleet = Fleet(plan, here.stack, stages)
        entered.callback(announcement_path(here.stack.folder).unlink, missing_ok=True)
        try:
            progress("starting the LiveKit server …")
            await fleet.start_livekit()
            services: list[Services] = []
            for stage in stages:
                settings = load_settings((*EVERYTHING, "livekit", "signing"), **fleet.settings_of(stage))
                services.append(await entered.enter_async_context(opened(here.stack, settings)))
            await fleet.start(services, progress)
            system = System(fleet, services)
            tokens = {each.settings.stage: each.tokens for each in services}
            announce_running(here.stack.folder, system.addresses, tokens)
            async with Tasks() as healing:
                for stage, of_stage in zip(stages, services, strict=True):
                    healer = WorkerHealer(of_stage, LocalWorkers(fleet, stage), HealTimes.of(of_stage.settings))
                    healing.start(f"healing workers of {stage.name}", healer.repeat, restart=RESTART)
                yield system
        finally:
            ending()
            await _stop(fleet, stops)


async def _stop(fleet: Fleet, stops: Callable[[], int]) -> None:
    """Lets running calls finish; where the user asks once more, ends them at once."""
    already = stops()
    stopping = asyncio.create_task(fleet.stop(), name="stopping the fleet")
    try:
        while not stopping.done():
            if stops() > max(already, 1):
                stopping.cancel()
                break
            await asyncio.wait({stopping}, timeout=0.1)
    finally:
        await asyncio.gather(stopping, return_exceptions=True)
        if stopping.cancelled():
            await fleet.stop(at_once=True)
        elif error := stopping.exception():
            raise error
