"""What a worker's heartbeats say of it beside its calls: jobs offered and taken, its link to LiveKit, load, memory."""

import multiprocessing
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from shared.ports import Clock, Vitals

_MIB = 1024 * 1024


class VitalSigns:
    """Of one worker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offers: dict[object, datetime] = {}
        self._last_job_at: datetime | None = None
        self._unregistered_at: datetime | None = None
        self._draining_at: datetime | None = None

    @asynccontextmanager
    async def taking(self) -> AsyncGenerator[None]:
        """Around the acceptance of one job that the worker has a place for, until a process runs it."""
        offer = object()
        self._offers[offer] = self._clock.now()
        try:
            yield
            self._last_job_at = self._clock.now()
        finally:
            del self._offers[offer]

    def now(self, livekit_id: str, *, registered: bool, draining: bool) -> Vitals:
        at = self._clock.now()
        self._unregistered_at = None if registered else self._unregistered_at or at
        self._draining_at = (self._draining_at or at) if draining else None
        return Vitals(
            livekit_id=livekit_id,
            last_job_at=self._last_job_at,
            offered_at=min(self._offers.values(), default=None),
            unregistered_at=self._unregistered_at,
            draining_at=self._draining_at,
            load=round(os.getloadavg()[0] / (os.cpu_count() or 1), 2),
            memory_mb=_memory_mb(),
            pid=os.getpid(),
        )


def _memory_mb() -> float | None:
    """Of this process and its job processes, resident; None where the system has no /proc."""
    try:
        pages = sum(_resident_pages(pid) for pid in (os.getpid(), *_job_processes()))
    except OSError:
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / _MIB, 1)


def _job_processes() -> list[int]:
    return [process.pid for process in multiprocessing.active_children() if process.pid is not None]


def _resident_pages(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        # a job process may end meanwhile
        if pid == os.getpid():
            raise
        return 0
