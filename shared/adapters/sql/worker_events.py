"""The port `WorkerEvents` over any `Database`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.adapters.sql.database import Database, parsed, parsed_each, plain
from shared.adapters.sql.stores import Writes
from shared.domain.worker_events import HEARTBEAT, WorkerEvent, WorkerLives
from shared.observe import log
from shared.ports import Receipt

WAITING_MOST = 5_000
"""Writes that wait in the spool: beyond, heartbeats are dropped, as the place is for calls."""


class BoundedWrites(Writes, Protocol):
    async def waiting(self) -> int:
        """How many writes are kept and not delivered yet."""
        ...


class SqlWorkerEvents:
    def __init__(self, database: Database, writes: BoundedWrites, stage: str, release: str) -> None:
        self._database = database
        self._writes = writes
        self._writer = {"stage": stage, "release": release}

    async def note(self, event: WorkerEvent) -> Receipt | None:
        if event.name == HEARTBEAT and (waiting := await self._writes.waiting()) >= WAITING_MOST:
            log.warning("durable heartbeat dropped", action="worker_events", waiting=waiting)
            return None
        return await self._writes.write("note_worker_event_v1", plain(event) | self._writer)

    async def find(
        self, name: str, seconds: float, worker_id: str | None = None, limit: int = 1000
    ) -> Sequence[WorkerEvent]:
        wanted = {"stage": self._writer["stage"], "name": name, "seconds": seconds, "limit": limit}
        answer = await self._database.call("worker_events_v1", wanted | {"worker_id": worker_id})
        return parsed_each(WorkerEvent, answer)

    async def lives(self, seconds: float) -> WorkerLives:
        wanted = {"stage": self._writer["stage"], "seconds": seconds}
        return parsed(WorkerLives, await self._database.call("workers_v1", wanted))

    async def forget(self) -> int:
        answer = await self._database.call("forget_worker_events_v1", {"stage": self._writer["stage"]})
        return parsed(_Deleted, answer).deleted


@dataclass(frozen=True)
class _Deleted:
    deleted: int
