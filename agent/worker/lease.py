"""The lease by which one agent at a time speaks for a call."""

import asyncio
from collections.abc import Callable

import structlog

from shared.calls.alerting import CallAlerts
from shared.errors import StoreError
from shared.ports import Leases
from shared.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

LEASE_SECONDS = 6.0
"""How long a call stays without an agent after its agent has died, and nobody has noticed."""
RENEW_SECONDS = 0.5
"""Two commands a second for each call: by the price of Upstash 1.5 cents for an hour of talking. The lease that wasn't
renewed for twice as long is a dead job's, where its worker is dead too."""
SILENT_SECONDS = 1.2
"""A worker without a pulse for so long is dead."""
PULSE_SECONDS = 0.4
_RESTART = Backoff(first_seconds=0.1, longest_seconds=RENEW_SECONDS)


def holder_of(worker_id: str, job_id: str) -> str:
    """The name under which a job of LiveKit's holds leases."""
    return f"{worker_id}:{job_id}"


class SpeakingLease:
    """Held from `take` to `aclose` and renewed meanwhile. Without Redis every agent may speak: a call never waits.

    A LiveKit server that was restarted dispatches a second agent to a call whose first one is on its way back.
    """

    def __init__(self, call_id: str, holder: str, leases: Leases, alerts: CallAlerts) -> None:
        self._call_id = call_id
        self._holder = holder
        self._leases = leases
        self._alerts = alerts
        self._tasks = Tasks(call_id=call_id)
        self._alerted = False

    async def take(self) -> bool:
        """False: another agent speaks for this call."""
        try:
            return await self._leases.take(self._call_id, self._holder, LEASE_SECONDS)
        except StoreError as error:
            # the admission, which asks Redis next, raises the alert
            log.warning("speaking without a lease", action="lease", error=str(error))
            return True

    def keep(self, lost: Callable[[], None]) -> None:
        """Renew it from now on; `lost` is called once, when another agent has it."""
        self._tasks.start("lease", lambda: self._keep(lost), restart=_RESTART)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        try:
            await self._leases.release(self._call_id, self._holder)
        except StoreError as error:
            log.warning("lease not released, it will expire", action="lease", error=str(error))

    async def _keep(self, lost: Callable[[], None]) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                if not await self._held():
                    log.warning("another agent speaks for this call", action="lease")
                    lost()
                    return
            except StoreError as error:
                await self._alert(error)

    async def _held(self) -> bool:
        if await self._leases.renew(self._call_id, self._holder, LEASE_SECONDS):
            return True
        # the lease ran out while Redis was away, or Redis has lost its data
        return await self._leases.take(self._call_id, self._holder, LEASE_SECONDS)

    async def _alert(self, error: StoreError) -> None:
        log.warning("lease not renewed", action="lease", error=str(error))
        if not self._alerted:
            self._alerted = True
            self._alerts.redis_lost(error)
            await self._alerts.send()
