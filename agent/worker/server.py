"""A worker's life: registered with LiveKit, its calls counted and watched, its end orderly."""

import asyncio
import functools
import math
import multiprocessing
import os
import time
import uuid
from multiprocessing import get_all_start_methods
from typing import Any, Literal

import structlog
from livekit.agents import AgentServer, JobRequest
from livekit.agents.job import RunningJobInfo

from agent.worker.job import attend, prepare
from agent.worker.lease import LEASE_SECONDS
from agent.worker.orphans import OrphanCalls
from shared.config import Settings, needed
from shared.domain.telephony.rooms import agent_name
from shared.errors import StoreError, SwitchboardError
from shared.observe import flush, report
from shared.ports import WorkerBeat
from shared.process import announce
from shared.services import Services
from shared.tasks import Backoff, Tasks
from shared.wiring import open_services

log = structlog.get_logger(__name__)

IDLE_PROCESSES = 2
"""Ready for the next calls; more don't make calls that come at one moment quicker, as that is the processors' time."""
BEAT_SECONDS = 3.0
LOOK_SECONDS = 0.25
LAST_CALLS_SECONDS = 4.0
"""For calls that we ended to be written down."""
PREPARE_SECONDS = 30.0
"""For the first job process to have loaded what a call needs, on a machine that is busy."""
CLOSE_SECONDS = 3.0
"""For job processes to go by themselves; then they are killed."""
_RESTART = Backoff(longest_seconds=5.0)
_FORKING: Literal["spawn", "forkserver"] = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"


async def serve(drain_seconds: float, began: float, settings: Settings, ending: asyncio.Event) -> int:
    """Takes calls until `ending`. Returns the exit code: 0 after `ending`, 1 when it can't take calls.

    `began` is `time.monotonic()` of the process's start.
    """
    async with open_services(settings) as services:
        worker = Worker(services, began)
        code = await worker.run(ending, drain_seconds)
    if worker.stuck:
        log.error("the agent server doesn't close", action="worker")
        # the usual way out waits for all tasks and threads, which is what doesn't end; this one sends nothing any more
        flush()
        os._exit(code)
    return code


class Worker:
    """One registration with LiveKit, for up to `settings.worker_calls` calls at once. Not to be run twice."""

    def __init__(self, services: Services, began: float) -> None:
        settings, livekit = services.settings, needed(services.settings.livekit)
        self.worker_id = uuid.uuid4().hex[:8]
        self.stuck = False
        """Whether something of it is left after `run` that can't be ended."""
        self._services = services
        self._began = began
        self._capacity = settings.worker_calls
        self._rescue = OrphanCalls(services, self.worker_id)
        self._jobs: dict[str, RunningJobInfo] = {}
        """Those that ran at the last look, by their ids."""
        self._accepting = 0
        self._registered = False
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
            # the cap is `_request`'s: the framework's own refuses calls that come at one moment to an idle worker
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
        return self._registered and not self._server._connecting  # pyright: ignore[reportPrivateUsage]

    async def run(self, ending: asyncio.Event, drain_seconds: float) -> int:
        """See `serve`. Returns when all calls have ended."""
        # of an owner of its own: the framework's tasks are ended by its `aclose`, which may hang
        framework = Tasks()
        serving = framework.start("agent server", self._server.run)
        try:
            async with Tasks() as tasks:
                signalled = tasks.start("signal to end", ending.wait)
                useless = tasks.start("coming on duty", self._come_on_duty)
                tasks.start("heartbeat", self._beats, restart=_RESTART)
                tasks.start("watch over jobs", self._watch, restart=_RESTART)
                tasks.start("rescue", self._rescues, restart=_RESTART)
                await asyncio.wait({serving, signalled, useless}, return_when=asyncio.FIRST_COMPLETED)
                if serving.done() and not serving.exception():
                    report(RuntimeError("the agent server ended by itself"), action="worker")
                await self._drain(drain_seconds)
                return 0 if signalled.done() else 1
        finally:
            await self._close(framework)

    def _load(self) -> float:
        """LiveKit gives calls to workers by the room they have, none to one of 1.0."""
        return self.calls / self._capacity

    async def _request(self, request: JobRequest) -> None:
        if self.calls + self._accepting >= self._capacity:
            # another worker may have room: that is no end of the job
            await request.reject(terminate=False)
            return
        self._accepting += 1
        try:
            await request.accept()
        finally:
            self._accepting -= 1

    def _on_registered(self, *_: Any) -> None:
        self._newly_registered.set()

    async def _come_on_duty(self) -> None:
        """Says that it is ready; returns when it turns out that it is of no use."""
        await self._newly_registered.wait()
        deadline = time.monotonic() + PREPARE_SECONDS
        while not self._prepared.is_set():
            if time.monotonic() > deadline:
                # the framework is registered all the same, and every call would ring in vain
                log.error("no job process could be prepared", action="worker", seconds=PREPARE_SECONDS)
                return
            await asyncio.sleep(0.01)
        self._registered = True
        seconds = round(time.monotonic() - self._began, 3)
        ready = {"worker_id": self.worker_id, "agent_name": self._server._agent_name, "capacity": self._capacity}  # pyright: ignore[reportPrivateUsage]
        announce(**ready, seconds=seconds)
        await asyncio.Event().wait()

    async def _beats(self) -> None:
        """Tells that this worker lives, and how many calls it has."""
        settings, silent = self._services.settings, False
        while True:
            beat = WorkerBeat(
                worker_id=self.worker_id,
                stage=settings.stage,
                release=settings.release,
                calls=self.calls,
                capacity=self._capacity,
                at=self._services.clock.now(),
                registered=self.connected,
                draining=self._server.draining,
            )
            try:
                await self._services.workers.beat(beat)
                silent = False
            except StoreError as error:
                if not silent:
                    log.warning("no beat", action="worker", error=str(error))
                silent = True
            await asyncio.sleep(BEAT_SECONDS)

    async def _watch(self) -> None:
        """Sees jobs end. The framework tells nobody that one died."""
        while True:
            now = {job.job.id: job for job in self._server.active_jobs}
            for job_id in self._jobs.keys() - now.keys():
                # forgotten first: a job that breaks its rescue doesn't keep the others from theirs
                job = self._jobs.pop(job_id)
                await self._rescue.job_gone(job.job.room.name, job.worker_id, job_id, job.accept_arguments.identity)
            self._jobs = now
            await asyncio.sleep(LOOK_SECONDS)

    async def _rescues(self) -> None:
        """At each registration, and once more when leases of the dead have run out."""
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

    async def _drain(self, seconds: float) -> None:
        """No more calls; those that run may end within the limit, then they are ended."""
        if not self._registered:
            return
        log.info("ending", action="worker", calls=self.calls, seconds=seconds)
        try:
            await self._server.drain(timeout=max(1, math.ceil(seconds)))
        except TimeoutError:
            pass
        else:
            return
        log.warning("running calls are ended", action="worker", calls=self.calls)
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
        # not by a timeout: it waits for its processes even when it is cancelled
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
            await self._services.workers.gone(self.worker_id)
        except StoreError as error:
            log.warning("no farewell", action="worker", error=str(error))
