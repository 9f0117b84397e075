"""Brings a stage's next generation of workers into service: waits for its workers, proves it by a synthetic call, and
makes it the current one; or gives it up, with a page, and the older one goes on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from shared.domain.generations import Generation, Step, enough_workers, next_step
from shared.errors import PickupError, ProbeError, StoreError
from shared.ports import Alert, Prober, WorkerBeat
from shared.services import Outside, Services

log = structlog.get_logger(__name__)

EVERY_SECONDS = 2.0
AGAIN_SECONDS = 5.0
"""From a proof that failed to the next try."""
PROOF_SECONDS = 30.0
ALERT = "generation_given_up"

Proof = Callable[[int], Awaitable[None]]
"""Places a synthetic call that the generation of this number is to take. Raises `PickupError` with the reason when it
wasn't answered, or nothing was heard."""


class Changeover:
    """Of one stage. Several may run at once: each change is guarded, and a proof that is made twice does no harm."""

    def __init__(self, services: Services, proof: Proof) -> None:
        self._services = services
        self._proof = proof
        self._failure = ""

    async def repeat(self, every_seconds: float = EVERY_SECONDS) -> None:
        """Until it is cancelled."""
        await self.announce()
        while True:
            await self.step()
            await asyncio.sleep(AGAIN_SECONDS if self._failure else every_seconds)

    async def announce(self) -> None:
        """Makes the generation of this process's settings the candidate; an older or a known one stays as it is."""
        settings = self._services.settings
        if not settings.generation:
            return
        ours, now = Generation(settings.generation, settings.release), self._services.clock.now()
        try:
            await self._services.generations.change(lambda known: known.offered(ours, now))
        except StoreError as error:
            log.warning("generation not announced", action="generation", error=str(error))

    async def step(self) -> Step:
        """One look, and what follows from it. Failures are logged: workers go on as they were."""
        try:
            known, beats = await self._services.generations.known(), await self._services.workers.alive()
            new = known.candidate
            if new is None:
                return "nothing"
            calls, here = _serving(beats, known.current)
            there = [beat for beat in beats if beat.generation == new.number and beat.registered and not beat.draining]
            wanted = enough_workers(calls, here, self._services.settings.worker_calls)
            step = next_step(known, len(there), wanted, self._services.clock.now())
            if step == "prove":
                await self._prove(new)
            if step == "give_up":
                await self._give_up(new, self._failure or f"{len(there)} of {wanted} workers came")
            return step
        except StoreError as error:
            log.warning("generations unknown", action="generation", error=str(error))
            return "wait"

    async def _prove(self, new: Generation) -> None:
        try:
            async with asyncio.timeout(PROOF_SECONDS):
                await self._proof(new.number)
        except (PickupError, TimeoutError) as error:
            self._failure = str(error) or f"no result within {PROOF_SECONDS:g} s"
            log.warning("generation not proved", action="generation", **vars(new), error=self._failure)
            return
        self._failure = ""
        known = await self._services.generations.change(lambda known: known.proved(new.number))
        log.info("generation changed", action="generation", current=vars(known.current) if known.current else None)
        await self._services.alerts.close(ALERT)

    async def _give_up(self, new: Generation, why: str) -> None:
        await self._services.generations.change(lambda known: known.gave_up(new.number))
        log.error("generation given up", action="generation", **vars(new), error=why)
        self._failure = ""
        title = f"Release {new.release} didn't prove itself: the older one goes on taking the calls"
        await self._services.alerts.raise_(Alert(ALERT, "page", title, fields={**vars(new), "error": why}))


async def repeat_changeover(services: Services, outside: Outside) -> None:
    """Until it is cancelled; returns at once where synthetic calls can't be placed."""
    if outside.prober is not None:
        await Changeover(services, proof_by(services, outside.prober)).repeat()


def proof_by(services: Services, prober: Callable[[], Prober]) -> Proof:
    """A synthetic call to the first number of the stage."""

    async def prove(generation: int) -> None:
        dids = await services.directory.dids(services.settings.stage)
        if not dids:
            raise ProbeError("the stage has no number to call")
        await prober().call(dids[0], generation)

    return prove


def _serving(beats: Sequence[WorkerBeat], current: Generation | None) -> tuple[int, int]:
    """The calls and the workers of the current generation."""
    here = [beat for beat in beats if current and beat.generation == current.number and beat.serving]
    return sum(beat.calls for beat in here), len(here)
