"""The spool: what Postgres can't take now is kept on disk and delivered later, in order, once."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shared.adapters.sql.database import Database
from shared.adapters.sql.spool_file import Entry, SpoolFile, adopt_orphans, append_durably
from shared.errors import StoreError, StoreUnavailable
from shared.observe import log, report
from shared.ports import Receipt
from shared.tasks import Backoff, Tasks

RETRY = Backoff(first_seconds=0.2, longest_seconds=5.0)
ADOPT_EVERY_SECONDS = 60.0
DRAIN_SECONDS = 2.0

BREAKS_UNTIL_REFUSED = 5
"""A kept write is put aside after it broke the delivery this often: it may be the fault itself."""

DEAD_LETTERS = "dead-letters.jsonl"


@dataclass(frozen=True)
class _Waiting:
    entry: Entry
    file: SpoolFile


class Spool:
    """Durable writes: straight through when Postgres takes them, else kept until it does.

    Each process has a file of its own in `folder`, locked while it lives; files of dead ones are taken over. While
    anything waits, later writes queue behind it. A write that Postgres refuses goes to `DEAD_LETTERS`, and the next
    one is tried. Delivery may repeat a write whose answer was lost: every function is idempotent.
    """

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._own = SpoolFile(folder)
        self._waiting: deque[_Waiting] = deque()
        self._changing = asyncio.Lock()
        """Held while the queue and its files change together."""
        self._arrived = asyncio.Event()
        self._broke = 0
        """How often the first of the queue broke its delivery by an error that no `Database` raises."""

    @property
    def waiting(self) -> int:
        """How many writes wait for Postgres."""
        return len(self._waiting)

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt:
        """Raises `StoreError` when Postgres refuses it, `StoreUnavailable` when it can't even be kept."""
        if not self._waiting:
            try:
                await self._database.call(function, payload)
                return Receipt.STORED
            except StoreUnavailable as error:
                log.warning("write kept", action="spool", function=function, cause=str(error))
            except StoreError:
                raise
            except Exception as error:
                # whoever writes can't do better than keep it, and the delivery finds out whose fault it is
                report(error, action="spool", function=function)
        # Once begun, keeping it ends even when the asker is cancelled.
        await asyncio.shield(self._keep(Entry(uuid.uuid4().hex, function, payload, time.time())))
        return Receipt.KEPT

    async def _keep(self, entry: Entry) -> None:
        async with self._changing:
            try:
                await asyncio.to_thread(self._own.append, entry)
            except OSError as error:
                raise StoreUnavailable(f"can't be kept in {self._folder}: {error}", "spool") from error
            self._waiting.append(_Waiting(entry, self._own))
        self._arrived.set()

    async def adopt(self) -> None:
        """Queues what dead processes left, behind what waits already."""
        async with self._changing:
            for file, entries in await asyncio.to_thread(adopt_orphans, self._folder, self._own.path):
                log.info("spool taken over", action="spool", file=file.path.name, entries=len(entries))
                self._waiting.extend(_Waiting(entry, file) for entry in entries)
        self._arrived.set()

    async def deliver_forever(self) -> None:
        """Delivers what waits and what comes, until it is cancelled. Raises what no `Database` is to raise."""
        failures = 0
        while True:
            try:
                await self.drain()
                failures = 0
                await self._next_arrival()
            except StoreUnavailable:
                failures += 1
                await asyncio.sleep(RETRY.pause(failures))

    async def _next_arrival(self) -> None:
        self._arrived.clear()
        if self._waiting:
            return
        try:
            async with asyncio.timeout(ADOPT_EVERY_SECONDS):
                await self._arrived.wait()
        except TimeoutError:
            await self.adopt()

    async def drain(self) -> None:
        """Delivers what waits; raises `StoreUnavailable` when Postgres doesn't take it now."""
        while self._waiting:
            head = self._waiting[0]
            try:
                await self._database.call(head.entry.function, head.entry.payload)
            except StoreUnavailable:
                raise
            except StoreError as error:
                await self._bury(head, error)
            except Exception as error:
                self._broke += 1
                if self._broke < BREAKS_UNTIL_REFUSED:
                    raise
                await self._bury(head, error)
            self._broke = 0
            await asyncio.shield(self._done(head))

    async def _bury(self, head: _Waiting, error: Exception) -> None:
        letter = replace(head.entry, refused=str(error) or type(error).__name__)
        await asyncio.to_thread(append_durably, self._folder / DEAD_LETTERS, letter.line())
        report(error, action="spool", function=head.entry.function, entry=head.entry.entry_id)

    def release(self) -> None:
        """Lets go of the files, for the next process to take over."""
        for file in {id(waiting.file): waiting.file for waiting in self._waiting}.values():
            file.release()

    async def _done(self, head: _Waiting) -> None:
        async with self._changing:
            self._waiting.popleft()
            if not any(waiting.file is head.file for waiting in self._waiting):
                await asyncio.to_thread(head.file.remove)


@asynccontextmanager
async def open_spool(database: Database, folder: Path) -> AsyncGenerator[Spool]:
    """Takes over what dead processes left and delivers in a task of its own until the end."""
    spool = Spool(database, folder)
    await spool.adopt()
    try:
        async with Tasks() as tasks:
            tasks.start("spool delivery", spool.deliver_forever, restart=RETRY)
            yield spool
    finally:
        await _drained(spool)
        if spool.waiting:
            log.warning("writes left for the next start", action="spool", waiting=spool.waiting, folder=str(folder))
        await asyncio.to_thread(spool.release)


async def _drained(spool: Spool) -> None:
    """Delivers what still waits, for a short time; what can't be is left for the next start."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await spool.drain()
    except (StoreUnavailable, TimeoutError):
        pass
    except Exception as error:
        # the files must be let go of all the same
        report(error, action="spool drain")
