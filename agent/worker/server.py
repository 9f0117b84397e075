"""The worker: registers with LiveKit, accepts jobs up to its capacity, sends heartbeats, drains at its end."""

import asyncio
import functools
import math
import multiprocessing
import os
import time
from contextlib import suppress
from multiprocessing import get_all_start_methods
from typing import Any, Literal

import structlog
from livekit.agents import AgentServer, JobRequest
from livekit.agents.job import RunningJobInfo

from agent.worker.duty import STANDBY_LOAD, WorkerDuty
from agent.worker.handover import hand_over_calls
from agent.worker.job import attend, prepare
from agent.worker.lease import LEASE_SECONDS, PULSE_SECONDS, SILENT_SECONDS
from agent.worker.orphans import OrphanCalls
from agent.worker.readiness import Loaded, keep_loadable, keep_warm, until_loadable
from agent.worker.retirement import Retirement, Shift
from agent.worker.setups import watch_setups
from agent.worker.telemetry import Telemetry
from agent.worker.versions import watch_versions
from agent.worker.vitals import VitalSigns
from shared.config import Settings, needed
from shared.domain.telephony.rooms import agent_name
from shared.domain.worker_events import StopReason
from shared.errors import StoreError, SwitchboardError
from shared.observe import flush, report
from shared.ports import WorkerBeat
from shared.process import announce
from shared.services import Services
from shared.tasks import Backoff, Tasks
from shared.wiring import open_services, refuse_foreign_redis

log = structlog.get_logger(__name__)

IDLE_PROCESSES = 2
"""Job processes kept ready. More don't speed up calls that come at once: the processor is what they wait for."""
BEAT_SECONDS = 3.0
LOOK_SECONDS = 0.25
HAND_OVER_SECONDS = 10.0
"""For jobs to leave their calls at a pause, and a moment more."""
LAST_CALLS_SECONDS = 4.0
"""For the records of calls that the drain has ended."""
PREPARE_SECONDS = 30.0
"""For the first job process to load what a call needs, on a busy machine."""
CLOSE_SECONDS = 3.0
"""For job processes to exit by themselves; then they are killed."""
_RESTART = Backoff(longest_seconds=5.0)
_FORKING: Literal["spawn", "forkserver"] = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"


async def serve(shift: Shift, settings: Settings, ending: asyncio.Event) -> int:
    """Takes calls until `ending`. Returns the exit code: 0 after `ending` or retirement, 1 when it can't take calls."""
    await refuse_foreign_redis(settings)
    async with open_services(settings) as services:
        worker = Worker(services, shift)
        code = await worker.run(ending)
    if worker.stuck:
        log.error("the agent server doesn't close", action="worker")
        # a normal exit waits for the tasks and threads that don't end; this one flushes no reports
        flush()
        os._exit(code)
    return code


class Worker:
    """One registration with LiveKit, for up to `settings.worker_calls` calls at once. `run` it once."""

    def __init__(self, services: Services, shift: Shift) -> None:
        settings, livekit = services.settings, needed(services.settings.livekit)
        self.worker_id = shift.worker_id
        self.stuck = False
        """Whether tasks or processes of it that can't be ended are left after `run`."""
        self._services = services
        self._shift = shift
        self._retirement = Retirement(services, shift)
        self._telemetry = Telemetry(services, shift.worker_id)
        self._stop_reason: StopReason = "signal"
        self._beat_due = asyncio.Event()
        """Set where the next heartbeat is to come at once."""
        self._duty = WorkerDuty(services, shift.worker_id, self._beat_due.set)
        self._vitals = VitalSigns(services.clock)
        self._capacity = settings.worker_calls
        self._rescue = OrphanCalls(services, self.worker_id)
        self._names: set[str] = set()
        """LiveKit's for this worker, a new one at each registration; jobs' leases begin with them."""
        self._jobs: dict[str, RunningJobInfo] = {}
        """Those that ran at the last check, by their ids."""
        self._accepting = 0
        self._on_duty = asyncio.Event()
        self._newly_registered = asyncio.Event()
        self._prepared = multiprocessing.get_context(_FORKING).Event()
        self._server = AgentServer(
            ws_url=livekit.url,
            api_key=livekit.api_key,
            api_secret=livekit.api_secret.get_secret_value(),
            host="127.0.0.1",
            port=0,
            multiprocessing_context=_FORKING,
            setup_fnc=functools.partial(prepare, settings, self._prepared),
            load_fnc=self._load,
            # `_request` limits the calls: the framework's threshold refuses calls that come at once to an idle worker
            load_threshold=math.inf,
            num_idle_processes=min(IDLE_PROCESSES, self._capacity),
            initialize_process_timeout=PREPARE_SECONDS,
            preload_modules=["agent.worker.preload"],
        )
        self._server.rtc_session(attend, agent_name=agent_name(settings.stage), on_request=self._request)
        self._server.on("worker_registered", self._on_registered)

    @property
    def calls(self) -> int:
        return len(self._server.active_jobs)

    @property
    def connected(self) -> bool:
        """Whether LiveKit can send it calls now; the framework's own health says so while it can't."""
        return self._on_duty.is_set() and not self._server._connecting  # pyright: ignore[reportPrivateUsage]

    def hand_over_calls(self) -> int:
        """Tell the jobs to leave their calls to other workers, after a drain has begun; how many there are."""
        return hand_over_calls(self._server)

    async def run(self, ending: asyncio.Event) -> int:
        """See `serve`. Returns when all calls have ended."""
        code = 1
        async with self._telemetry.noting_errors():
            try:
                code = await self._run(ending)
            finally:
                await self._telemetry.stopped(self._stop_reason if code == 0 else "fatal", code)
        return code

    async def _run(self, ending: asyncio.Event) -> int:
        if (loaded := await self._loadable(ending)) is None:
            return 0
        # before it registers: LiveKit would send it calls at once
        await self._duty.look()
        if self._duty.now == "leave":
            self._stop_reason = "replaced"
            return 0
        # of an owner of its own: the framework's tasks are ended by its `aclose`, which may hang
        framework = Tasks()
        serving = framework.start("agent server", self._server.run)
        try:
            async with Tasks() as tasks:
                signalled = tasks.start("signal to end", ending.wait)
                useless = tasks.start("coming on duty", self._come_on_duty)
                tasks.start("heartbeat", self._beats, restart=_RESTART)
                tasks.start("durable heartbeat", self._durable_beats, restart=_RESTART)
                tasks.start("watch over jobs", self._watch, restart=_RESTART)
                tasks.start("rescue", self._rescues, restart=_RESTART)
                tasks.start("pulse", self._pulses, restart=_RESTART)
                tasks.start("set-ups", lambda: watch_setups(self._services), restart=_RESTART)
                tasks.start("versions", lambda: watch_versions(self._services), restart=_RESTART)
                tasks.start("loader check", lambda: keep_loadable(self._services, loaded), restart=_RESTART)
                tasks.start("spool's disk", self._services.spool_disk.watch, restart=_RESTART)
                tasks.start("stocks", lambda: keep_warm(self._services), restart=_RESTART)
                retired = tasks.start("retirement", self._retirement.reached)
                superseded = tasks.start("duty", self._duty.over, restart=_RESTART)
                ends = {serving, signalled, useless, retired, superseded}
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                self._stop_reason = "signal" if signalled.done() else "replaced"
                if serving.done() and not serving.exception():
                    report(RuntimeError("the agent server ended by itself"), action="worker")
                if self._on_duty.is_set():
                    draining = tasks.start("draining", self._drain)
                    if not (serving.done() or signalled.done()):
                        await asyncio.wait({draining, serving, signalled}, return_when=asyncio.FIRST_COMPLETED)
                    await self._end_calls_after(draining)
                return 0 if signalled.done() or retired.done() or superseded.done() else 1
        finally:
            await self._close(framework)

    async def _loadable(self, ending: asyncio.Event) -> Loaded | None:
        """Waits until calls can be loaded; None when `ending` came first."""
        async with Tasks() as tasks:
            loadable = tasks.start("loader check", lambda: until_loadable(self._services), restart=_RESTART)
            ended = tasks.start("signal to end", ending.wait)
            await asyncio.wait({loadable, ended}, return_when=asyncio.FIRST_COMPLETED)
            return loadable.result() if loadable.done() else None

    def _load(self) -> float:
        """LiveKit prefers workers with less load, and sends none to one of 1.0."""
        load = self.calls / self._capacity
        return max(load, STANDBY_LOAD) if self._duty.standby else load

    async def _request(self, request: JobRequest) -> None:
        if not self._duty.takes(request.job.metadata) or self.calls + self._accepting >= self._capacity:
            # another worker may take it: the job isn't ended
            await request.reject(terminate=False)
            return
        self._accepting += 1
        try:
            async with self._vitals.taking():
                await request.accept()
        finally:
            self._accepting -= 1

    def _on_registered(self, *_: Any) -> None:
        self._newly_registered.set()

    async def _come_on_duty(self) -> None:
        """Announce readiness; returns only when no job process could be prepared."""
        await self._newly_registered.wait()
        deadline = time.monotonic() + PREPARE_SECONDS
        while not self._prepared.is_set():
            if time.monotonic() > deadline:
                # the framework has registered all the same: each call would ring without an answer
                log.error("no job process could be prepared", action="worker", seconds=PREPARE_SECONDS)
                return
            await asyncio.sleep(0.01)
        self._on_duty.set()
        self._beat_due.set()
        seconds = round(time.monotonic() - self._shift.began, 3)
        ready = {"worker_id": self.worker_id, "agent_name": self._server._agent_name, "capacity": self._capacity}  # pyright: ignore[reportPrivateUsage]
        announce(**ready, seconds=seconds)
        await asyncio.Event().wait()

    async def _beats(self) -> None:
        """Send this worker's heartbeat with its number of calls."""
        silent = False
        while True:
            try:
                await self._services.workers.beat(self._beat())
                silent = False
            except StoreError as error:
                if not silent:
                    log.warning("heartbeat not sent", action="worker", error=str(error))
                silent = True
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._beat_due.wait()
            self._beat_due.clear()

    async def _durable_beats(self) -> None:
        """Write the worker's start once it can take a job, then a heartbeat each minute."""
        await self._on_duty.wait()
        await self._telemetry.pulse(self._beat)

    def _beat(self) -> WorkerBeat:
        settings = self._services.settings
        return WorkerBeat(
            worker_id=self.worker_id,
            stage=settings.stage,
            release=settings.release,
            calls=self.calls,
            capacity=self._capacity,
            at=self._services.clock.now(),
            registered=self.connected,
            draining=self._server.draining,
            retires_at=self._retirement.at,
            generation=settings.generation,
            standby=self._duty.standby,
            vitals=self._vitals.now(self._server.id, registered=self.connected, draining=self._server.draining),
        )

    async def _watch(self) -> None:
        """Watch for jobs that have ended: the framework has no event for one that died."""
        while True:
            now = {job.job.id: job for job in self._server.active_jobs}
            for job_id in self._jobs.keys() - now.keys():
                # removed first: an error in handling one job doesn't keep the others from theirs
                job = self._jobs.pop(job_id)
                await self._rescue.job_gone(job.job.room.name, job.worker_id, job_id, job.accept_arguments.identity)
            self._jobs = now
            await asyncio.sleep(LOOK_SECONDS)

    async def _rescues(self) -> None:
        """Look for orphaned calls at each registration, and again when leases of dead agents have run out."""
        while True:
            await self._newly_registered.wait()
            try:
                self._newly_registered.clear()
                await self._rescue.ringing()
                await asyncio.sleep(LEASE_SECONDS + 1)
                await self._rescue.ringing()
            except Exception:
                # the next run begins at once
                self._newly_registered.set()
                raise

    async def _pulses(self) -> None:
        """Show that this worker lives, and give the calls of those that don't another agent."""
        known: dict[str, float] = {}
        unread = False
        while True:
            self._names |= {self._server.id, *(job.worker_id for job in self._server.active_jobs)}
            try:
                for name in self._names:
                    for dead in await self._services.workers.pulse(name, SILENT_SECONDS):
                        # after that its jobs' leases have run out
                        fresh = time.monotonic() - known.setdefault(dead, time.monotonic()) < LEASE_SECONDS
                        if fresh and dead not in self._names and self.connected and not self._server.draining:
                            await self._rescue.worker_gone(dead)
                unread = False
            except StoreError as error:
                if not unread:
                    log.warning("pulses of workers not read", action="pulse", error=str(error))
                unread = True
            await asyncio.sleep(PULSE_SECONDS)

    async def _drain(self) -> None:
        """Take no more calls; returns when those that run have ended."""
        log.info("draining", action="worker", calls=self.calls)
        await self._server.drain(timeout=None)

    async def _end_calls_after(self, draining: asyncio.Task[None]) -> None:
        """Hand the calls that still run when the time to drain is over to another worker; where there is none, or a
        job doesn't leave its call, end them."""
        await asyncio.wait({draining}, timeout=self._shift.drain_seconds)
        if not draining.done() and await self._retirement.succeeded():
            log.info("drain over, running calls handed over", action="worker", calls=self.calls)
            self.hand_over_calls()
            await asyncio.wait({draining}, timeout=HAND_OVER_SECONDS)
        if draining.done():
            return
        log.warning("drain over, running calls ended", action="worker", calls=self.calls)
        for job in self._server.active_jobs:
            try:
                await self._services.switchboard.end(job.job.room.name)
            except SwitchboardError as error:
                log.warning("call not ended", action="worker", room=job.job.room.name, error=str(error))
        deadline = time.monotonic() + LAST_CALLS_SECONDS
        while self.calls and time.monotonic() < deadline:  # noqa: ASYNC110 (the framework tells nobody)
            await asyncio.sleep(0.05)

    async def _close(self, framework: Tasks) -> None:
        closing = framework.start("closing the agent server", self._server.aclose)
        # not asyncio.timeout: a cancelled close still waits for its processes
        await asyncio.wait({closing}, timeout=CLOSE_SECONDS)
        if not closing.done():
            left = multiprocessing.active_children()
            log.warning("job processes killed", action="worker", processes=len(left))
            for process in left:
                process.kill()
            await asyncio.wait({closing}, timeout=1.0)
        self.stuck = not closing.done()
        if not self.stuck:
            await framework.wait(CLOSE_SECONDS)
            await framework.aclose()
        try:
            for name in (self.worker_id, *self._names):
                await self._services.workers.gone(name)
        except StoreError as error:
            log.warning("worker not removed from the registry", action="worker", error=str(error))
