"""Heals a stage's workers, one at a time, by the ladder of `shared/domain/heal.py`: under Modal's cron and under
`pickup up`."""

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

import structlog

from shared.calls.stage_health import Known, open_requests, past_heals
from shared.config import Settings
from shared.domain.heal import (
    BOUNDS,
    FRESH,
    PAGE,
    Bury,
    Close,
    HealFacts,
    HealRequest,
    HealStep,
    Page,
    PastHeal,
    Remove,
    Replace,
    Rest,
    Restart,
    next_step,
)
from shared.domain.health import WorkerFacts, leased, state_of
from shared.domain.worker_events import (
    HEAL_ATTEMPT,
    HEAL_FAILED,
    HEAL_SUCCESS,
    SIP_ONLY,
    STOPPED,
    WorkerEvent,
)
from shared.errors import PickupError, SwitchboardError
from shared.observe import report
from shared.ports import Alert
from shared.services import Services
from shared.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
PROVE_EVERY_SECONDS = 0.5
LEASE_SECONDS = 30.0
_LEASE = "healing workers"
ALERT = "workers_unwell"


class Platform(Protocol):
    """Where workers run. Bounded in time; a failure of any kind makes the rung fail."""

    async def exists(self, worker_id: str) -> bool | None:
        """Whether its process is there; None: nobody can see that."""
        ...

    async def restart(self, worker_id: str) -> None:
        """End the worker, by force where it doesn't go by itself, and start another in its place."""
        ...

    async def start(self) -> None:
        """Start one more."""
        ...

    async def remove(self, worker_id: str) -> None:
        """Tell it to take no more calls, end it by force where it doesn't answer, and start none in its place."""
        ...


class Unseen:
    """A platform that nobody can see from here: for one that only asks what would be done."""

    async def exists(self, worker_id: str) -> bool | None:
        return None

    async def restart(self, worker_id: str) -> None:
        raise NotImplementedError

    async def start(self) -> None:
        raise NotImplementedError

    async def remove(self, worker_id: str) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class HealTimes:
    look: float = LOOK_SECONDS
    bounds: Mapping[int, float] | None = None
    """By rung; None: the usual ones."""

    @classmethod
    def of(cls, settings: Settings) -> "HealTimes":
        """Where heartbeats are more frequent than each minute, it looks more often."""
        return cls(look=max(0.5, min(LOOK_SECONDS, settings.heartbeat_seconds / 4)))

    def bound(self, rung: int) -> float:
        return (self.bounds or BOUNDS)[rung]


class WorkerHealer:
    """One for a stage, kept between looks. While Redis doesn't answer nobody heals: nothing would keep two apart."""

    def __init__(self, services: Services, platform: Platform, times: HealTimes = HealTimes()) -> None:
        self._services = services
        self._platform = platform
        self._times = times
        self._health = services.stage_health
        self._limits = self._health.limits
        self._settled_at: float | None = None
        self._paged = True
        """Whether a page may be open."""

    async def repeat(self) -> None:
        """Looks, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._times.look)

    async def look(self) -> HealStep:
        """One look, and what follows from it. Failures are reported, not raised."""
        me = uuid.uuid4().hex
        try:
            if not await self._services.leases.take(_LEASE, me, LEASE_SECONDS):
                return Rest("another process heals this stage")
            async with Tasks() as tasks:
                tasks.start("healing lease", lambda: self._keep(me), restart=Backoff(first_seconds=1.0))
                try:
                    return await self._look()
                finally:
                    await self._services.leases.release(_LEASE, me)
        except PickupError as error:
            self._settled_at = None
            report(error, action="heal_workers")
            return Rest(str(error))

    async def planned(self, request: HealRequest | None = None) -> HealStep:
        """What `look` would do now, with this order of an operator's."""
        facts = await self._facts(await self._health.known(), request)
        return next_step(facts, self._limits)

    async def _look(self) -> HealStep:
        await self._note_windows()
        known = await self._health.known()
        step = next_step(await self._facts(known), self._limits)
        match step:
            case Close(heal=heal):
                await self._close_lost(heal)
            case Bury(worker_id=worker_id) | Remove(worker_id=worker_id):
                await self._bury(worker_id, remove=isinstance(step, Remove))
            case Restart() | Replace():
                await self._try(step, known)
            case Page(reason=reason):
                await self._page(reason, known)
            case Rest():
                await self._calm(known)
        return step

    async def _keep(self, me: str) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            await self._services.leases.renew(_LEASE, me, LEASE_SECONDS)

    async def _facts(self, known: Known, request: HealRequest | None = None) -> HealFacts:
        loop = asyncio.get_running_loop()
        if self._settled_at is None:
            self._settled_at = loop.time()
        requests = open_requests(known.heals, known.at) + ([request] if request else [])
        wanted = {request.worker_id for request in requests}
        workers: list[WorkerFacts] = []
        for worker in known.stage.workers:
            if not worker.stopped and not worker.ordered:
                exists = await self._platform.exists(worker.worker_id)
                unwell = state_of(worker, self._limits) in ("stale", "deaf") or worker.worker_id in wanted
                unwell = unwell or known.stage.windows.repeated
                held = await self._held(worker, known) if unwell else 0
                worker = replace(worker, exists=exists, held_calls=held)
            workers.append(worker)
        return HealFacts(
            replace(known.stage, workers=tuple(workers)),
            past_heals(known.heals, known.at),
            requests,
            loop.time() - self._settled_at,
            known.beats is not None,
        )

    async def _held(self, worker: WorkerFacts, known: Known) -> int:
        beat, life = (known.beats or {}).get(worker.worker_id), known.lives.get(worker.worker_id)
        kept = (life.fields or {}).get("livekit_id") if life else None
        try:
            return await self._health.held_calls((beat.vitals.livekit_id if beat else "") or str(kept or ""))
        except SwitchboardError as error:
            # a call that can't be seen is not to be ended
            log.warning("calls of a worker unknown", action="heal_workers", error=str(error))
            return beat.calls if beat else 1

    async def _try(self, step: Restart | Replace, known: Known) -> None:
        """One attempt with its proof, and exactly one end of it."""
        heal_id, began = uuid.uuid4().hex, self._services.clock.now()
        before = {worker.worker_id for worker in known.stage.workers}
        fields = {"heal_id": heal_id, "rung": step.rung, "reason": step.reason, "request": step.request}
        log.warning("healing a worker", action="heal_workers", worker_id=step.worker_id, **fields)
        await self._note(HEAL_ATTEMPT, step.worker_id, fields)
        problem, new = "", None
        try:
            async with asyncio.timeout(self._times.bound(step.rung)):
                if isinstance(step, Restart):
                    await self._platform.restart(step.worker_id)
                else:
                    await self._platform.start()
                new = await self._proof(before)
        except TimeoutError:
            problem = f"no fresh worker within {self._times.bound(step.rung):g} s"
        except Exception as error:
            # the platform's, of whatever kind: the next rung follows
            report(error, action="heal_workers")
            problem = str(error) or type(error).__name__
        seconds = round((self._services.clock.now() - began).total_seconds(), 1)
        ended, end_id = {**fields, "seconds": seconds, "new_worker_id": new}, _end_id(heal_id)
        if new is None:
            await self._note(HEAL_FAILED, step.worker_id, ended | {"problem": problem}, end_id)
            if step.rung >= FRESH:
                await self._page(f"{step.reason}; {problem}", known)
            return
        await self._note(HEAL_SUCCESS, step.worker_id, ended, end_id)
        if isinstance(step, Restart):
            await self._stopped(step.worker_id)

    async def _proof(self, before: set[str]) -> str:
        """The id of a worker that wasn't there before, has started, beats, and LiveKit can send calls to."""
        while True:
            for worker in (await self._health.known()).stage.workers:
                fresh = worker.worker_id not in before and worker.started_seconds is not None
                if fresh and state_of(worker, self._limits) == "ready" and leased(worker, self._limits):
                    return worker.worker_id
            await asyncio.sleep(PROVE_EVERY_SECONDS)

    async def _close_lost(self, heal: PastHeal) -> None:
        seconds = round(heal.attempted_seconds, 1)
        fields = {"heal_id": heal.heal_id, "rung": heal.rung, "problem": "watchdog_lost", "seconds": seconds}
        await self._note(HEAL_FAILED, heal.worker_id, fields, _end_id(heal.heal_id))

    async def _bury(self, worker_id: str, *, remove: bool) -> None:
        if remove:
            await self._platform.remove(worker_id)
        await self._stopped(worker_id)

    async def _stopped(self, worker_id: str) -> None:
        """The end of a worker that couldn't note it. Its id is made of the worker's, so that it counts once."""
        log.warning("worker ended without a word", action="heal_workers", worker_id=worker_id)
        fields = {"reason": "fatal", "exit_code": None, "noted_by": "watchdog"}
        await self._note(STOPPED, worker_id, fields, f"stopped:{worker_id}")

    async def _note_windows(self) -> None:
        try:
            alone = await self._health.watch_rooms()
        except SwitchboardError as error:
            log.warning("callers alone in rooms unknown", action="heal_workers", error=str(error))
            return
        for call_id in alone:
            await self._note(SIP_ONLY, "", {}, f"sip-only:{call_id}", call_id)

    async def _page(self, reason: str, known: Known) -> None:
        tried = [
            f"rung {each.rung} of {each.worker_id}: {each.outcome}" for each in past_heals(known.heals, known.at)[-5:]
        ]
        fields = {"reason": reason, "rung": PAGE, "tried": tried}
        self._paged = True
        await self._services.alerts.raise_(Alert(ALERT, "page", f"Workers can't be healed: {reason}", fields=fields))

    async def _calm(self, known: Known) -> None:
        """Closes the page once all workers are well again; the first time also one of an earlier process."""
        if not self._paged:
            return
        states = [state_of(worker, self._limits) for worker in known.stage.workers]
        if "ready" in states and not {"stale", "deaf"} & set(states):
            await self._services.alerts.close(ALERT)
            self._paged = False

    async def _note(
        self,
        name: str,
        worker_id: str,
        fields: Mapping[str, Any],
        event_id: str | None = None,
        call_id: str | None = None,
    ) -> None:
        at: datetime = self._services.clock.now()
        event = WorkerEvent(event_id or uuid.uuid4().hex, name, at, worker_id, call_id, fields)
        await self._services.worker_events.note(event)


def _end_id(heal_id: str) -> str:
    """Of the event that ends a heal: the first one that is stored counts."""
    return f"heal-end:{heal_id}"
