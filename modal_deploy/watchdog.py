"""What looks after a stage each minute: a worker where none lives, and the calls that nobody told the end of."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from background.rounds import Rounds
from background.watchdog import EVERY_SECONDS, go_round
from shared.config import load_settings
from shared.errors import StoreError
from shared.observe import report, reporting
from shared.process import NEEDS
from shared.services import Services
from shared.wiring import open_services

log = structlog.get_logger(__name__)

WATCH_SECONDS = 50.0
"""Of each minute: a caller without an agent hears it ring for eight seconds."""
START_SECONDS = 150.0
"""From asking for a container to the worker's first beat, with time to spare; before that no other is asked for."""
ASK_SECONDS = 20.0
"""For Modal to take the order."""


async def watch(start_worker: Callable[[], Awaitable[object]], seconds: float = WATCH_SECONDS) -> None:
    """A look at the workers, then the reaper's round every second."""
    settings = load_settings(NEEDS)
    with reporting(settings, "watchdog"):
        async with open_services(settings) as services:
            await start_missing(services, start_worker)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await go_round(Rounds(services), EVERY_SECONDS)


async def start_missing(services: Services, start_worker: Callable[[], Awaitable[object]]) -> None:
    """Has a worker started when none of this release takes calls, and none is on its way. Reports what fails."""
    release, me = services.settings.release, uuid.uuid4().hex
    order = f"worker-of-{release}"
    try:
        beats = await services.workers.alive()
        living = [beat.worker_id for beat in beats if beat.release == release and not beat.draining]
        log.info("workers counted", action="watchdog", living=living, all=len(beats))
        if living or not await services.leases.take(order, me, START_SECONDS):
            return
    except StoreError as error:
        # who can't be seen may be there: a stage full of workers would come of guessing
        report(error, action="watchdog")
        return
    try:
        async with asyncio.timeout(ASK_SECONDS):
            await start_worker()
    except Exception as error:
        # Modal's, of whatever kind: the calls that are there have to be looked after all the same
        report(error, action="watchdog")
        with suppress(StoreError):
            await services.leases.release(order, me)
    else:
        log.warning("a worker was asked for", action="watchdog")
