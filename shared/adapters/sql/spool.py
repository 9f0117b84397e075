"""The spool keeps the writes that Postgres can't take now in a file, and delivers them later, in order."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import orjson

from shared.adapters.sql.database import Database
from shared.adapters.sql.spool_file import Entry, SpoolFile
from shared.errors import StoreError, StoreUnavailable
from shared.observe import log, report
from shared.ports import Receipt
from shared.tasks import Backoff, Tasks

T = TypeVar("T")

RETRY = Backoff(first_seconds=0.2, longest_seconds=5.0)
LOOK_EVERY_SECONDS = 10.0
"""How often a process looks for entries of processes that died."""
FILE_SECONDS = 10.0
"""The longest wait for the disk."""
DRAIN_SECONDS = 2.0

BREAKS_UNTIL_REFUSED = 5
"""A kept write becomes a dead letter after it broke the delivery this often: it may be the fault itself."""


class Spool:
    """Durable writes: straight to Postgres, and where that is away into the file `spool.db` until it is back.

    All processes of a stage on one machine share the file; one of them delivers at a time, for all, in the order of
    the entries. While an entry of this process waits, its later writes queue behind it. An entry that Postgres refuses
    becomes a dead letter, with the reason. Delivery may repeat a write whose answer was lost: every SQL function is
    idempotent.
    """

    def __init__(self, database: Database, folder: Path, impatient: Database | None = None) -> None:
        """`impatient` takes the writes that somebody waits for, `database` those that were kept."""
        self._database = database
        self._impatient = impatient or database
        self._file = SpoolFile(folder)
        self._order = asyncio.Lock()
        """Writes are kept in the order in which they were asked for."""
        self._last_kept: int | None = None
        """The id of the latest entry of this process, while it may still wait."""
        self._delivered: Entry | None = None
        """The latest entry that was delivered and couldn't be removed, as the disk is full."""
        self._kept = asyncio.Event()
        self._broken: tuple[int, int] = (0, 0)
        """The entry that broke the last delivery by an error that no `Database` raises, and how often."""

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt:
        """Raises `StoreError` when Postgres refuses it, `StoreUnavailable` when it can't even be kept."""
        queueing = await self._queueing()
        if not queueing and await self._stored(function, payload):
            return Receipt.STORED
        keeping = asyncio.ensure_future(self._keep(function, payload))
        try:
            await asyncio.shield(keeping)
        except StoreUnavailable as error:
            # a write that Postgres takes now is worth more than its place in the queue
            if queueing and await self._stored(function, payload):
                return Receipt.STORED
            # the log is what is left of it: an operator can run the function by hand
            lost = orjson.dumps(payload).decode()
            log.critical("write lost", action="spool", function=function, cause=str(error), pii={"payload": lost})
            raise
        except asyncio.CancelledError:
            # once begun, keeping it ends even when the writer is cancelled
            await asyncio.wait({keeping})
            if error := keeping.exception():
                report(error, action="spool", function=function)
            raise
        return Receipt.KEPT

    async def _stored(self, function: str, payload: dict[str, Any]) -> bool:
        """False where Postgres doesn't take it now. Raises `StoreError` when it refuses."""
        try:
            await self._impatient.call(function, payload)
        except StoreUnavailable as error:
            log.warning("write not stored", action="spool", function=function, cause=str(error))
            return False
        except StoreError:
            raise
        except Exception as error:
            # the writer can't do better than keep it; the delivery finds out whether the write itself is at fault
            report(error, action="spool", function=function)
            return False
        return True

    async def waiting(self) -> int:
        """How many entries wait, of all processes that share the file. Raises `StoreUnavailable`."""
        return await self._disk(self._file.count, self._delivered)

    async def check(self) -> None:
        """Raises `StoreUnavailable` where the disk wouldn't keep a write now, or has hardly any room left."""
        await self._disk(self._file.check)

    async def deliver_forever(self) -> None:
        """Delivers what waits and what comes, until it is cancelled. Raises what no `Database` is to raise."""
        failures = 0
        while True:
            self._kept.clear()
            try:
                delivered = await self.drain()
            except StoreUnavailable:
                delivered = False
            if delivered:
                failures = 0
                await self._next_entry()
            else:
                failures += 1
                await asyncio.sleep(RETRY.pause(failures))

    async def drain(self) -> bool:
        """Delivers what waits. False when another process is doing so.

        Raises `StoreUnavailable` when Postgres doesn't take it now or the file can't be read.
        """
        if self._delivered:
            await self._remove_to(self._delivered)
        if not await self.waiting():
            return True
        with ExitStack() as held:
            try:
                sole = held.enter_context(self._file.sole_deliverer())
            except OSError as error:
                raise self._unavailable(error) from error
            while sole and (entry := await self._disk(self._file.first, self._delivered)):
                await self._deliver(entry)
            return sole

    async def close(self) -> None:
        await self._disk(self._file.close)

    async def _queueing(self) -> bool:
        """Whether an earlier write of this process still waits."""
        if (last := self._last_kept) is None:
            return False
        try:
            delivered = self._delivered is not None and last <= self._delivered.id
            if not delivered and await self._disk(self._file.holds, last):
                return True
        except StoreUnavailable as error:
            # a write that Postgres may take now is worth more than its place in the queue
            log.warning("spool can't be read, writing past it", action="spool", cause=str(error))
            return False
        if self._last_kept == last:
            self._last_kept = None
        return False

    async def _keep(self, function: str, payload: dict[str, Any]) -> None:
        async with self._order:
            self._last_kept = await self._disk(self._file.append, function, orjson.dumps(payload).decode())
        self._kept.set()

    async def _next_entry(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_SECONDS):
                await self._kept.wait()
        except TimeoutError:
            pass

    async def _deliver(self, entry: Entry) -> None:
        try:
            payload = orjson.loads(entry.payload)
        except orjson.JSONDecodeError as error:
            await self._bury(entry, error)
            return
        try:
            await self._database.call(entry.function, payload)
        except StoreUnavailable:
            raise
        except StoreError as error:
            await self._bury(entry, error)
        except Exception as error:
            broken, times = self._broken
            self._broken = entry.id, times + 1 if broken == entry.id else 1
            if self._broken[1] < BREAKS_UNTIL_REFUSED:
                raise
            await self._bury(entry, error)
        else:
            await self._remove_to(entry)

    async def _remove_to(self, entry: Entry) -> None:
        try:
            await self._disk(self._file.remove_to, entry)
            self._delivered = None
        except StoreUnavailable as error:
            # on a full disk: it is removed later; another process may deliver it once more
            log.warning("delivered entry not removed", action="spool", entry=entry.id, cause=str(error))
            self._delivered = entry

    async def _bury(self, entry: Entry, error: Exception) -> None:
        await self._disk(self._file.bury, entry, str(error) or type(error).__name__)
        report(error, action="spool", function=entry.function, entry=entry.id)

    async def _disk(self, work: Callable[..., T], *args: Any) -> T:
        """Runs `work` in a thread. Raises `StoreUnavailable` when the disk doesn't do it in time."""
        try:
            async with asyncio.timeout(FILE_SECONDS):
                return await asyncio.to_thread(work, *args)
        except (OSError, sqlite3.Error) as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError | sqlite3.Error) -> StoreUnavailable:
        cause = str(error) or f"no answer within {FILE_SECONDS:g} s"
        return StoreUnavailable(f"can't be kept in {self._file.path}: {cause}", "spool")


@asynccontextmanager
async def open_spool(database: Database, folder: Path, impatient: Database | None = None) -> AsyncGenerator[Spool]:
    """Delivers beside, from the start to the end, what this and other processes of the stage have kept."""
    spool = Spool(database, folder, impatient)
    try:
        async with Tasks() as tasks:
            tasks.start("spool delivery", spool.deliver_forever, restart=RETRY)
            yield spool
    finally:
        await _drain_at_close(spool, folder)
        with suppress(StoreUnavailable):
            await spool.close()


async def _drain_at_close(spool: Spool, folder: Path) -> None:
    """Delivers what still waits, for a short time; the stage's other processes, or the next, deliver the rest."""
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            await spool.drain()
    except (StoreUnavailable, TimeoutError):
        log.warning("spool isn't empty at the end of the process", action="spool", folder=str(folder))
    except Exception as error:
        # this is one step of an orderly end: the next ones follow
        report(error, action="spool drain")
