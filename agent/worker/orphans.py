"""Orphaned calls: those that rang before there was a worker, and those whose agent died."""

import uuid
from collections.abc import Sequence

import structlog

from agent.lines.room import ACTIVE, STATUS
from agent.worker.lease import LEASE_SECONDS, RENEW_SECONDS, holder_of
from shared.calls.alerting import CallAlerts
from shared.domain.telephony.rooms import Participant, agent_name, call_id_of
from shared.errors import StoreError, SwitchboardError
from shared.observe import report
from shared.services import Services

log = structlog.get_logger(__name__)

MOST_TAKEOVERS = 5
"""Of one call, by one worker that sees its jobs die."""
MOST_REMEMBERED = 500
ONCE_SECONDS = 10.0
"""How long no other worker dispatches an agent to the same call: longer than it rings."""


class OrphanCalls:
    """Finds a stage's orphaned calls and gives them an agent, for one worker. Failures are logged, never raised."""

    def __init__(self, services: Services, worker_id: str) -> None:
        self._services = services
        self._worker_id = worker_id
        self._stage = services.settings.stage
        self._gone: dict[str, int] = {}
        """Identities of jobs that have ended: LiveKit lists a dead one for 20 s more."""
        self._takeovers: dict[str, int] = {}
        """By call."""

    async def ringing(self) -> None:
        """Dispatch an agent to every call of the stage that has none, ringing or answered."""
        try:
            for room in await self._services.switchboard.rooms(self._stage):
                await self._ring(room.name)
        except SwitchboardError as error:
            log.warning("can't list calls without an agent", action="rescue", error=str(error))

    async def worker_gone(self, worker_id: str) -> None:
        """Give the calls of a dead worker (LiveKit's name for it) another agent, but for those whose jobs live on.

        May come again and again, to several workers: one of them breaks a call's lease, and dispatches.
        """
        try:
            for room in await self._services.switchboard.rooms(self._stage):
                call_id = call_id_of(room.name)
                left = LEASE_SECONDS - 2 * RENEW_SECONDS
                if await self._services.leases.break_(call_id, holder_of(worker_id, ""), left):
                    becomes = await self._taken_over(room.name, call_id)
                    await self._alert(call_id, room.name, f"of worker {worker_id}", becomes)
        except (StoreError, SwitchboardError) as error:
            log.warning("calls of a dead worker not taken over", action="rescue", dead=worker_id, error=str(error))

    async def job_gone(self, room: str, worker_id: str, job_id: str, identity: str) -> None:
        """A job has ended. If its process died, or it left its call to a successor, another agent takes the call over.

        A call whose agents die again and again is ended: it may be the call that kills them.
        """
        call_id, mine = call_id_of(room), holder_of(worker_id, job_id)
        _remember(self._gone, identity, 0)
        died: bool | None = None
        try:
            holder = await self._services.leases.holder(call_id)
            if holder is not None and holder != mine:
                return
            died = holder == mine
            # a successor speaks as soon as it has the lease
            await self._services.leases.release(call_id, mine)
        except StoreError as error:
            log.warning("lease of a job that ended not released", action="rescue", call_id=call_id, error=str(error))
        try:
            people = await self._services.switchboard.participants(room)
            caller = next((one for one in people if one.kind == "caller"), None)
            others = any(one.kind == "agent" and one.identity not in self._gone for one in people)
            if caller is None or (others and not died):
                # without the lease nobody knows which of several agents speaks
                died, becomes = bool(died), "the caller had hung up"
            elif died is False and not await self._goes_on(room, caller):
                # its record is written, and the room stayed
                died, becomes = True, "the call was ended"
                await self._services.switchboard.end(room)
            else:
                becomes = await self._taken_over(room, call_id)
        except SwitchboardError as error:
            report(error, call_id=call_id, action="rescue")
            becomes = f"no successor was dispatched: {error}"
        if died is not False:
            await self._alert(call_id, room, job_id, becomes)

    async def _taken_over(self, room: str, call_id: str) -> str:
        """Dispatch a successor; says what became of the call. Raises `SwitchboardError`."""
        _remember(self._takeovers, call_id, self._takeovers.get(call_id, 0) + 1)
        if self._takeovers[call_id] > MOST_TAKEOVERS:
            log.error("job died in a call too often, call ended", action="rescue", call_id=call_id, room=room)
            await self._services.switchboard.end(room)
            return "the call was ended, as its agents died again and again"
        log.warning("call without its agent gets another one", action="takeover", call_id=call_id, room=room)
        await self._services.switchboard.dispatch(room, agent_name(self._stage))
        return "another agent takes it over"

    async def _goes_on(self, room: str, caller: Participant) -> bool:
        """Whether the call that its agent left in order goes on: its session is kept until its record is written."""
        joined_at = caller.joined_at or self._services.clock.now()
        call_id = self._services.arrivals.call_id(room, caller.attributes, joined_at)
        try:
            return await self._services.sessions.load(call_id) is not None
        except StoreError:
            return True

    async def _ring(self, room: str) -> None:
        people = await self._services.switchboard.participants(room)
        caller = next((one for one in people if one.kind == "caller"), None)
        answered = caller is not None and caller.attributes.get(STATUS) == ACTIVE
        # of an answered call LiveKit lists the dead agent on: there the lease tells
        if caller is None or (not answered and _others(people, caller.identity)):
            return
        call_id = call_id_of(room)
        try:
            if await self._services.leases.holder(call_id) is not None:
                # an agent is joining, or speaks
                return
            if answered and not await self._goes_on(room, caller):
                return
            # a new holder each time: a lease's own holder gets it again
            holder = f"{self._worker_id}:{uuid.uuid4().hex}"
            first = await self._services.leases.take(f"rescue:{call_id}", holder, ONCE_SECONDS)
        except StoreError:
            # two agents may be dispatched then: the speaking lease stops one of them, once Redis is back
            first = True
        if not first:
            return
        log.info("call without an agent gets one", action="rescue", call_id=call_id, room=room)
        await self._services.switchboard.dispatch(room, agent_name(self._stage))

    async def _alert(self, call_id: str, room: str, job_id: str, becomes: str) -> None:
        log.error("job died in a call", action="rescue", call_id=call_id, room=room, job_id=job_id, becomes=becomes)
        alerts = CallAlerts(call_id, self._services.alerts)
        alerts.add("job_died", "page", f"The process of a call died: {becomes}", room=room, job_id=job_id)
        await alerts.send()


def _others(people: Sequence[Participant], identity: str) -> list[Participant]:
    """Participants that could talk with the caller."""
    return [one for one in people if one.identity != identity and one.kind != "caller"]


def _remember(memory: dict[str, int], key: str, value: int) -> None:
    """Of the newest only: a worker lives for days."""
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > MOST_REMEMBERED:
        del memory[next(iter(memory))]
