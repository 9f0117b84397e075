"""Whether a worker could take a call now."""

import structlog

from shared.domain.accounts.room import Staff
from shared.errors import StoreError
from shared.ports import Workers

log = structlog.get_logger(__name__)


async def staff_of(workers: Workers) -> Staff:
    """`unknown` while Redis doesn't answer."""
    try:
        beats = await workers.alive()
    except StoreError as error:
        log.warning("workers unknown", action="staff", error=str(error))
        return "unknown"
    if not any(beat.registered for beat in beats):
        return "no_worker"
    return "ready" if any(beat.ready for beat in beats) else "at_capacity"
