"""Has a worker started where a release has none that takes calls."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from shared.errors import StoreError
from shared.observe import report
from shared.services import Services

log = structlog.get_logger(__name__)

START_SECONDS = 150.0
"""From ordering a container to the worker's first beat, with time to spare; until then no second one is ordered."""
ORDER_SECONDS = 20.0
"""For the platform to take the order."""


async def start_missing(services: Services, start_worker: Callable[[], Awaitable[object]]) -> None:
    """Orders a worker when none of this release takes calls and none is on its way. Failures are reported, not raised.

    `start_worker` orders one from the platform.
    """
    release, me = services.settings.release, uuid.uuid4().hex
    order = f"worker-of-{release}"
    try:
        beats = await services.workers.alive()
        living = [beat.worker_id for beat in beats if beat.release == release and not beat.draining]
        log.info("workers counted", action="watchdog", living=living, all=len(beats))
        if living or not await services.leases.take(order, me, START_SECONDS):
            return
    except StoreError as error:
        # workers that can't be listed may be there: guessing would fill the stage with more
        report(error, action="watchdog")
        return
    try:
        async with asyncio.timeout(ORDER_SECONDS):
            await start_worker()
    except Exception as error:
        # the platform's, of whatever kind: the calls of the stage need their rounds all the same
        report(error, action="watchdog")
        with suppress(StoreError):
            await services.leases.release(order, me)
    else:
        log.warning("worker ordered", action="watchdog")
