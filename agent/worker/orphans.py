"""Orphaned calls: those that rang before there was a worker, and those whose agent died."""

import uuid
from collections.abc import Sequence

import structlog

from agent.lines.room import ACTIVE, STATUS
from agent.worker.lease import holder_of
from shared.calls.alerting import CallAlerts
from shared.domain.telephony.rooms import Participant, agent_name, call_id_of
from shared.errors import StoreError, SwitchboardError
from shared.observe import report
from shared.services import Services

log = structlog.get_logger(__name__)

ONCE_SECONDS = 10.0
"""How long no other worker dispatches an agent to the same call: longer than it rings."""


class OrphanCalls:
    """Finds and ends, or serves, a stage's orphaned calls, for one worker. Failures are logged, never raised."""

    def __init__(self, services: Services, worker_id: str) -> None:
        self._services = services
        self._worker_id = worker_id
        self._stage = services.settings.stage

    async def ringing(self) -> None:
        """Dispatch an agent to every call of the stage that rings without one. The watchdog ends answered ones."""
        try:
            for room in await self._services.switchboard.rooms(self._stage):
                await self._ring(room.name)
        except SwitchboardError as error:
            log.warning("can't list calls without an agent", action="rescue", error=str(error))

    async def job_gone(self, room: str, worker_id: str, job_id: str, identity: str) -> None:
        """A job has ended. If its process died, end its call too: the caller would be left in silence."""
        call_id = call_id_of(room)
        try:
            holder = await self._services.leases.holder(call_id)
            died = holder == holder_of(worker_id, job_id)
            if holder is not None and not died:
                return
        except StoreError:
            died = False
        try:
            people = await self._services.switchboard.participants(room)
            if any(one.kind == "caller" for one in people) and not _others(people, identity):
                log.error("job died in a call", action="rescue", call_id=call_id, room=room, job_id=job_id)
                died = True
                await self._services.switchboard.end(room)
        except SwitchboardError as error:
            report(error, call_id=call_id, action="rescue")
        if died:
            await self._alert(call_id, room, job_id)

    async def _ring(self, room: str) -> None:
        people = await self._services.switchboard.participants(room)
        caller = next((one for one in people if one.kind == "caller"), None)
        if caller is None or _others(people, caller.identity) or caller.attributes.get(STATUS) == ACTIVE:
            return
        call_id = call_id_of(room)
        try:
            if await self._services.leases.holder(call_id) is not None:
                # an agent is joining
                return
            # a new holder each time: a lease's own holder gets it again
            holder = f"{self._worker_id}:{uuid.uuid4().hex}"
            first = await self._services.leases.take(f"rescue:{call_id}", holder, ONCE_SECONDS)
        except StoreError:
            # two agents may be dispatched then: the speaking lease stops one of them, once Redis is back
            first = True
        if not first:
            return
        log.info("ringing call gets an agent", action="rescue", call_id=call_id, room=room)
        await self._services.switchboard.dispatch(room, agent_name(self._stage))

    async def _alert(self, call_id: str, room: str, job_id: str) -> None:
        alerts = CallAlerts(call_id, self._services.alerts)
        alerts.add("job_died", "page", "The process of a call died: the call was ended", room=room, job_id=job_id)
        await alerts.send()


def _others(people: Sequence[Participant], identity: str) -> list[Participant]:
    """Participants that could talk with the caller."""
    return [one for one in people if one.identity != identity and one.kind != "caller"]
