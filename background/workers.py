"""Orders workers from the platform: by the load of those that are there, before one is missing."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import structlog

from shared.domain.generations import duty_of
from shared.domain.staffing import AHEAD, Staffing, StaffLimits, workers_to_order
from shared.errors import StoreError
from shared.observe import report
from shared.ports import WorkerBeat
from shared.services import Services

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
START_SECONDS = 150.0
"""From ordering a container to the worker's first beat, with time to spare; until then it counts as on its way."""
ORDER_SECONDS = 20.0
"""For the platform to take an order."""
_LEASE = "ordering workers"

StartWorker = Callable[[str, float], Awaitable[object]]
"""Orders one from the platform, under this id. One that comes after this time (seconds since 1970) is to end at once:
another was ordered in its place."""


class WorkerOrders:
    """The workers of one generation of a stage. While Redis doesn't answer none is ordered: those that can't be seen
    may be there, and guessing would fill the stage with more."""

    def __init__(self, services: Services, start_worker: StartWorker, workers: int, containers: int) -> None:
        settings = services.settings
        self._services = services
        self._start_worker = start_worker
        self._limits = StaffLimits(settings.worker_calls, workers, containers)

    async def repeat(self, every_seconds: float = EVERY_SECONDS) -> None:
        """Until it is cancelled."""
        while True:
            await self.order()
            await asyncio.sleep(every_seconds)

    async def order(self) -> int:
        """How many were ordered. Failures are reported, not raised."""
        me = uuid.uuid4().hex
        try:
            # two watchdogs that count at the same moment would both order
            if not await self._services.leases.take(_LEASE, me, 2 * ORDER_SECONDS):
                return 0
            try:
                return await self._order()
            finally:
                await self._services.leases.release(_LEASE, me)
        except StoreError as error:
            report(error, action="order_worker")
            return 0

    async def _order(self) -> int:
        beats, known = await self._services.workers.alive(), await self._services.generations.known()
        serving = {beat.generation for beat in beats if beat.serving}
        ready = {beat.generation for beat in beats if beat.ready}
        duty = duty_of(self._services.settings.generation, known, ready, serving)
        if duty == "leave":
            # another generation takes the calls
            return 0
        now = self._staffing(beats, everyones=duty == "stand_by")
        wanted = workers_to_order(now, self._limits)
        if wanted:
            log.warning("workers are to be ordered", action="order_worker", wanted=wanted, **vars(now))
        for ordered in range(wanted):
            if not await self._order_one():
                return ordered
        return wanted

    async def _order_one(self) -> bool:
        settings, now, worker_id = self._services.settings, self._services.clock.now(), uuid.uuid4().hex[:8]
        places = self._limits.places_each
        on_its_way = WorkerBeat(
            *(worker_id, settings.stage, settings.release, 0, places, now),
            registered=False,
            ordered=True,
            generation=settings.generation,
        )
        # before the order: the worker's own beat takes its place, and the next look counts it
        await self._services.workers.beat(on_its_way, START_SECONDS)
        taken = False
        try:
            async with asyncio.timeout(ORDER_SECONDS):
                await self._start_worker(worker_id, now.timestamp() + START_SECONDS)
            taken = True
        except Exception as error:
            # the platform's, of whatever kind: the calls of the stage need their rounds all the same
            report(error, action="order_worker")
        finally:
            if not taken:
                with suppress(StoreError):
                    await self._services.workers.gone(worker_id)
        return taken

    def _staffing(self, beats: Sequence[WorkerBeat], *, everyones: bool) -> Staffing:
        """With `everyones` it counts the calls of all generations: a candidate must have room for as many."""
        settings, at = self._services.settings, self._services.clock.now() + AHEAD
        mine = (settings.release, settings.generation)
        ours = [beat for beat in beats if (beat.release, beat.generation) == mine and not beat.draining]
        here = [beat for beat in ours if not beat.ordered]
        lasting = [beat for beat in here if beat.takes_calls_at(at)]
        return Staffing(
            calls=sum(beat.calls for beat in (beats if everyones else here)),
            places=sum(beat.capacity for beat in lasting),
            workers=len(lasting),
            ordered=len(ours) - len(here),
            containers=len(beats),
        )
