"""Whether a worker takes new calls: as its generation is the current one, the candidate, or an older one."""

import asyncio
from collections.abc import Callable

import orjson
import structlog

from shared.domain.generations import Duty, duty_of
from shared.errors import StoreError
from shared.services import Services

log = structlog.get_logger(__name__)

LOOK_SECONDS = 3.0
STANDBY_LOAD = 0.99
"""LiveKit prefers workers with less load, and sends none to one of 1.0: a candidate must still get its proof."""


class WorkerDuty:
    """Of one worker. While Redis doesn't answer it stays as it was; at the start the worker takes calls then."""

    def __init__(self, services: Services, worker_id: str, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called at each change."""
        self._services = services
        self._worker_id = worker_id
        self._mine = services.settings.generation
        self.now: Duty = "take"
        self._changed = changed

    @property
    def standby(self) -> bool:
        return self.now == "stand_by"

    def takes(self, metadata: str) -> bool:
        """Whether the job with this metadata is for this worker: a proof's names the generation that is to take it."""
        named = _generation_of(metadata)
        return named == self._mine if named else self.now == "take"

    async def look(self) -> None:
        """Looks once."""
        if not self._mine:
            return None
        try:
            known = await self._services.generations.known()
            if known.current is None or known.current.number == self._mine:
                return self._become("take")
            beats = await self._services.workers.alive()
        except StoreError as error:
            log.warning("generations unknown", action="duty", error=str(error))
            return None
        others = [beat for beat in beats if beat.worker_id != self._worker_id]
        ready = {beat.generation for beat in others if beat.ready}
        return self._become(duty_of(self._mine, known, ready, {beat.generation for beat in others if beat.serving}))

    async def over(self) -> None:
        """Looks again and again; returns when a newer generation takes the calls."""
        while self.now != "leave":
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    def _become(self, duty: Duty) -> None:
        if duty != self.now:
            log.info("duty changed", action="duty", worker_id=self._worker_id, generation=self._mine, duty=duty)
            self.now = duty
            self._changed()


def _generation_of(metadata: str) -> int:
    """0 where the metadata names none."""
    try:
        read = orjson.loads(metadata or "null")
    except orjson.JSONDecodeError:
        return 0
    named = read.get("generation", 0) if isinstance(read, dict) else 0  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return named if isinstance(named, int) else 0
