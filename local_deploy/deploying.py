"""Brings a new generation of workers into a stage of the `pickup up` that runs on this data folder."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from local_deploy.local import ground
from local_deploy.running import find_running
from shared.config import generation, load_settings
from shared.domain.generations import Generation
from shared.errors import InputError
from shared.services import Services
from shared.wiring import open_services

LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Deployed:
    generation: Generation
    took_over: bool
    """False: it was given up, or a later deploy came before it."""
    seconds: float
    """From the announcement to the end of the deploy."""


async def deploy(stage: str, release: str, progress: Callable[[str], None]) -> Deployed:
    """Announces a generation of this release, and returns when it took over or was given up.

    `pickup up` starts its workers, from the sources as they are on the disk now. Raises InputError where the stage
    doesn't run here.
    """
    async with _running_stage(stage) as services:
        loop = asyncio.get_running_loop()
        new, began, now = Generation(generation(), release), loop.time(), services.clock.now()
        known = await services.generations.change(lambda known: known.offered(new, now))
        while known.candidate == new:
            beats = await services.workers.alive()
            there = sum(beat.generation == new.number and beat.registered for beat in beats)
            progress(f"release {release}: {there} workers stand by …" if there else f"release {release} starts …")
            await asyncio.sleep(LOOK_SECONDS)
            known = await services.generations.known()
        return Deployed(new, known.current == new, loop.time() - began)


@asynccontextmanager
async def _running_stage(stage: str) -> AsyncGenerator[Services]:
    running = find_running()
    if running is None or stage not in running.tokens:
        raise InputError(f"stage {stage} doesn't run here: start it with  pickup up --stage {stage}")
    async with ground(providers=False) as here:
        # not as the stage's own user of Redis: to ask for that one's password makes a new one
        settings = load_settings(("database", "redis"), **here.overrides | {"stage": stage})
        async with open_services(settings) as services:
            yield services
