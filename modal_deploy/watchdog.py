"""The watchdog function's body: each minute it starts a missing worker, then makes the stage's rounds."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from background.rounds import Rounds
from background.workers import start_missing
from shared.config import load_settings
from shared.observe import reporting
from shared.process import NEEDS
from shared.wiring import open_services, refuse_foreign_redis

WATCH_SECONDS = 50.0
"""Of each minute: a caller without an agent hears it ring for eight seconds."""


async def watch(start_worker: Callable[[], Awaitable[object]], seconds: float = WATCH_SECONDS) -> None:
    """Orders a worker by `start_worker` where none is there, then makes rounds until the seconds are over."""
    settings = load_settings(NEEDS)
    with reporting(settings, "watchdog"):
        await refuse_foreign_redis(settings)
        async with open_services(settings) as services:
            await start_missing(services, start_worker)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await Rounds(services).repeat()
