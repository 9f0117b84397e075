"""The watchdog function's body: for most of each minute it orders workers and makes the stage's rounds."""

import asyncio
from contextlib import suppress

from background.deliveries import repeat_deliveries, repeat_results
from background.entrance import open_entrance
from background.generations import repeat_changeover
from background.notices import repeat_notices
from background.rounds import Rounds
from background.turn import own_turn
from background.workers import StartWorker, WorkerOrders
from modal_deploy.separation import refuse_foreign_role
from shared.config import load_settings
from shared.observe import reporting
from shared.process import NEEDS
from shared.tasks import Backoff, Tasks
from shared.wiring import open_outside, open_services, refuse_foreign_redis

WATCH_SECONDS = 50.0
"""Of each minute: a caller without an agent hears it ring for eight seconds."""
TIMEOUT_SECONDS = 58
"""For all of it, the end too: less than a minute, so that runs never queue behind each other."""


async def watch(start_worker: StartWorker, workers: int, containers: int, seconds: float = WATCH_SECONDS) -> None:
    """Orders workers by `start_worker`, and makes rounds, until the seconds are over; waits while another run does.

    `workers` and `containers` are the most that a release and the stage may have.
    """
    settings = load_settings(NEEDS)
    with reporting(settings, "watchdog"), suppress(TimeoutError):
        refuse_foreign_role(settings)
        await refuse_foreign_redis(settings)
        async with (
            asyncio.timeout(seconds),
            open_services(settings) as services,
            open_outside(settings) as outside,
            own_turn(services.leases),
        ):
            orders = WorkerOrders(services, start_worker, workers, containers)
            async with Tasks() as tasks:
                tasks.start("worker orders", orders.repeat, restart=Backoff(first_seconds=1.0))
                # in each run: numbers that were bound meanwhile are to ring too
                tasks.start("entrance", lambda: open_entrance(services))
                tasks.start("notices", lambda: repeat_notices(services), restart=Backoff(first_seconds=1.0))
                tasks.start(
                    "generations", lambda: repeat_changeover(services, outside), restart=Backoff(first_seconds=1.0)
                )
                tasks.start("results", lambda: repeat_results(services, outside), restart=Backoff(first_seconds=1.0))
                tasks.start(
                    "deliveries", lambda: repeat_deliveries(services, outside), restart=Backoff(first_seconds=1.0)
                )
                await Rounds(services).repeat()
