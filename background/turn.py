"""A stage's turn: of several processes that would maintain it, one at a time does."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog

from shared.errors import StoreError
from shared.ports import Leases
from shared.tasks import Tasks

log = structlog.get_logger(__name__)

LEASE_SECONDS = 10.0
"""How long a stage stays without a turn after the process that had it was killed."""
LOOK_SECONDS = 1.0
_LEASE = "watchdog"


@asynccontextmanager
async def own_turn(leases: Leases) -> AsyncGenerator[None]:
    """Waits for the turn, and has it as long as the context lasts. Without Redis everybody has it: a round that is made
    twice does no harm, and none at all leaves calls unhealed."""
    me = uuid.uuid4().hex
    while not await _held(leases, me):  # noqa: ASYNC110 (Redis tells nobody)
        await asyncio.sleep(LOOK_SECONDS)
    try:
        async with Tasks() as tasks:
            tasks.start("turn", lambda: _keep(leases, me))
            yield
    finally:
        with suppress(StoreError):
            await leases.release(_LEASE, me)


async def _keep(leases: Leases, me: str) -> None:
    while True:
        await asyncio.sleep(LEASE_SECONDS / 3)
        if not await _held(leases, me):
            # it ran out in a pause of this process: both end within a minute
            log.warning("another process has the turn", action="watchdog")
            return


async def _held(leases: Leases, me: str) -> bool:
    try:
        return await leases.take(_LEASE, me, LEASE_SECONDS)
    except StoreError as error:
        log.warning("turn unknown", action="watchdog", error=str(error))
        return True
