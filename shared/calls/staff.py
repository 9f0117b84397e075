"""Whether a worker could take a call now."""

import asyncio

import structlog

from shared.calls.limits import Limits
from shared.domain.accounts.room import Staff
from shared.errors import StoreError
from shared.ports import Workers

log = structlog.get_logger(__name__)


async def staff_of(workers: Workers, limits: Limits) -> Staff:
    """`unknown` where Redis can't be asked."""
    try:
        async with asyncio.timeout(limits.redis_seconds):
            beats = await workers.alive()
    except (StoreError, TimeoutError) as error:
        log.warning("workers unknown", action="staff", error=str(error) or "timeout")
        return "unknown"
    if not any(beat.registered for beat in beats):
        return "no_worker"
    return "ready" if any(beat.ready for beat in beats) else "at_capacity"
