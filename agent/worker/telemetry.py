"""The durable events of one worker: written by the loop that takes its jobs, beside all calls.

A loop that hangs writes none, and the worker goes stale. A store that is away keeps nobody waiting: each write is
bounded and ends in the spool.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import structlog

from shared.domain.worker_events import (
    ERROR,
    ERROR_SECONDS,
    HEARTBEAT,
    STARTED,
    STOPPED,
    TEXT_LENGTH,
    RepeatedErrors,
    StopReason,
    WorkerError,
    WorkerEvent,
)
from shared.errors import PickupError, StoreError
from shared.observe import listening
from shared.ports import WorkerBeat
from shared.redaction import scrubbed
from shared.services import Services
from shared.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

_RESTART = Backoff(longest_seconds=5.0)
_LAST_SECONDS = 3.0
"""For the last events of a process that ends."""


class Telemetry:
    """Of one worker, or of one job process of it."""

    def __init__(self, services: Services, worker_id: str) -> None:
        self._events = services.worker_events
        self._clock = services.clock
        self._seconds = services.settings.heartbeat_seconds
        self._worker_id = worker_id
        self._errors = RepeatedErrors()
        self._reported = asyncio.Event()
        self._started = False

    async def pulse(self, beat: Callable[[], WorkerBeat]) -> None:
        """The start of a worker that is registered and can take a job; then heartbeats, until it is cancelled."""
        if not self._started:
            self._started = True
            await self._write(STARTED, _vitals(beat()))
        while True:
            await self._write(HEARTBEAT, _vitals(beat()))
            await asyncio.sleep(self._seconds)

    async def stopped(self, reason: StopReason, exit_code: int) -> None:
        """Bounded in time, as the process is about to end."""
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                for error in self._errors.rest():
                    await self._write_error(error)
                await self._write(STOPPED, {"reason": reason, "exit_code": exit_code})
        except TimeoutError:
            log.warning("last events not written", action="worker_events", reason=reason)

    @asynccontextmanager
    async def noting_errors(self) -> AsyncGenerator[None]:
        """Inside, each error that the process reports becomes an event, the same one once a minute with its count."""
        async with Tasks() as tasks:
            tasks.start("worker errors", self._write_errors, restart=_RESTART)
            with listening(self._add):
                yield
            for error in self._errors.rest():
                await self._write_error(error)

    def _add(self, error: BaseException, fields: Mapping[str, Any]) -> None:
        kind = error.code if isinstance(error, PickupError) else type(error).__name__
        message, action = scrubbed(str(error))[:TEXT_LENGTH], str(fields.get("action") or "")
        call_id = fields.get("call_id") or structlog.contextvars.get_contextvars().get("call_id")
        self._errors.add(WorkerError(kind, message, action, str(call_id) if call_id else None))
        self._reported.set()

    async def _write_errors(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            for error in self._errors.due(loop.time()):
                await self._write_error(error)
            try:
                async with asyncio.timeout(ERROR_SECONDS):
                    await self._reported.wait()
                self._reported.clear()
            except TimeoutError:
                # those that were held back may be due
                continue

    async def _write_error(self, error: WorkerError) -> None:
        fields = {"type": error.kind, "message": error.message, "action": error.action, "count": error.count}
        await self._write(ERROR, fields, error.call_id)

    async def _write(self, name: str, fields: Mapping[str, Any], call_id: str | None = None) -> None:
        event = WorkerEvent(uuid.uuid4().hex, name, self._clock.now(), self._worker_id, call_id, scrubbed(fields))
        try:
            await self._events.note(event)
        except StoreError as error:
            # Postgres refuses it, or even the spool's disk is away: calls go on without
            log.warning("worker event lost", action="worker_events", name=name, error=str(error))


def _vitals(beat: WorkerBeat) -> dict[str, Any]:
    """What an event keeps of a beat, in JSON's types."""
    described = {"worker_id", "stage", "release", "at", "ordered", "vitals"}
    fields = {name: value for name, value in (vars(beat) | vars(beat.vitals)).items() if name not in described}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
