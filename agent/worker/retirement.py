"""When a worker takes no more calls by itself, long before its platform ends it, so that its calls can end in peace."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from shared.domain.staffing import AHEAD
from shared.errors import StoreError
from shared.services import Services

log = structlog.get_logger(__name__)

HANDOVER_SECONDS = 45 * 60.0
"""The longest wait for another worker, after the time to retire has come."""
LOOK_SECONDS = 3.0


@dataclass(frozen=True)
class Shift:
    """A worker's name and times."""

    worker_id: str
    began: float
    """`time.monotonic()` of the process's start."""
    drain_seconds: float
    """For running calls after a signal; then they are ended."""
    takes_calls_seconds: float | None = None
    """From its start, then it retires; None: it takes calls until a signal."""


class Retirement:
    """Of one worker: when its shift is over and another worker is there."""

    def __init__(self, services: Services, shift: Shift) -> None:
        self._services = services
        self._worker_id = shift.worker_id
        self._seconds = shift.takes_calls_seconds
        self.at: datetime | None = None
        """None: never."""
        if self._seconds is not None:
            self.at = services.clock.now() + timedelta(seconds=self._seconds)

    async def reached(self) -> None:
        """Returns when the worker is to take no more calls."""
        if self._seconds is None:
            await asyncio.Event().wait()
            return
        await asyncio.sleep(self._seconds)
        log.info("retiring", action="worker", worker_id=self._worker_id)
        try:
            async with asyncio.timeout(HANDOVER_SECONDS):
                while not await self.succeeded():  # noqa: ASYNC110 (Redis tells nobody)
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            # its platform will end it, and its calls with it
            log.error("no other worker to hand over to", action="worker", worker_id=self._worker_id)

    async def succeeded(self) -> bool:
        """Whether another worker takes calls, and will for a while."""
        try:
            beats = await self._services.workers.alive()
        except StoreError as error:
            log.warning("successor unknown", action="worker", error=str(error))
            return False
        at = self._services.clock.now() + AHEAD
        return any(beat.ready and beat.takes_calls_at(at) for beat in beats if beat.worker_id != self._worker_id)
