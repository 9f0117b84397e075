"""The spool's file: a SQLite database on this machine, shared by all processes of a stage."""

import errno
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from shared.errors import StoreError
from shared.observe import report

T = TypeVar("T")

FILE = "spool.db"
BUSY_SECONDS = 3.0
"""The longest wait for another process that writes."""

LEAST_FREE_BYTES = 16 << 20
"""Room for a day's writes of a busy machine: an operator hears of less before it is none."""
_PROBE = b"\0" * 4096

_SCHEMA = """
create table if not exists waiting (
    id integer primary key autoincrement,
    function text not null,
    payload text not null,
    kept_at real not null
);
create table if not exists dead_letters (
    id integer primary key,
    function text not null,
    payload text not null,
    kept_at real not null,
    reason text not null,
    refused_at real not null
);
"""
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True)
class Entry:
    """One write that waits. Ids grow in the order of the writes and are never used again."""

    id: int
    function: str
    payload: str
    """JSON."""
    kept_at: float
    """Seconds since the epoch."""


_ID_OF = "coalesce((select id from waiting where id = ? and kept_at = ?), 0)"
"""An entry's id, 0 where it is gone: a file that takes another's place counts from 1 again."""


def _identity(entry: Entry | None) -> tuple[int, float]:
    return (entry.id, entry.kept_at) if entry else (0, 0.0)


class SpoolFile:
    """Made by the first write that is kept. Its methods block, each for at most some seconds.

    Threads and processes may use it at once. A method raises `OSError` or `sqlite3.Error` when the disk doesn't do it.
    A file that SQLite can't read is renamed to `spool.db.corrupt-<time>-<pid>` and reported, and the method goes on
    with a new one.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._folder = folder
        self._turn = threading.Lock()
        """Held by the thread that uses the connection."""
        self._database: sqlite3.Connection | None = None
        self._inode: int | None = None

    def append(self, function: str, payload: str) -> int:
        """The new entry's id. The entry is on the disk when this returns; after an error nothing of it is."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        written = "insert into waiting (function, payload, kept_at) values (?, ?, ?) returning id"
        return self._run(lambda database: database.execute(written, (function, payload, time.time())).fetchone()[0])

    def first(self, after: Entry | None = None) -> Entry | None:
        """The entry to deliver next: the first, or where `after` is still there the one behind it."""
        query = f"select id, function, payload, kept_at from waiting where id > {_ID_OF} order by id limit 1"
        row = self._read(lambda database: database.execute(query, _identity(after)).fetchone(), None)
        return row and Entry(*row)

    def holds(self, entry_id: int) -> bool:
        """Whether this entry still waits; entries leave in their order, so all before it are gone when it is."""
        query = "select exists (select 1 from waiting where id = ?)"
        return bool(self._read(lambda database: database.execute(query, (entry_id,)).fetchone()[0], False))

    def count(self, after: Entry | None = None) -> int:
        """How many entries wait, of all processes: all, or where `after` is still there those behind it."""
        query = f"select count(*) from waiting where id > {_ID_OF}"
        return self._read(lambda database: database.execute(query, _identity(after)).fetchone()[0], 0)

    def remove_to(self, entry: Entry) -> None:
        """This entry and those before it, where it is still there."""
        remove = f"delete from waiting where id <= {_ID_OF}"
        self._run(lambda database: database.execute(remove, _identity(entry)))

    def bury(self, entry: Entry, reason: str) -> None:
        """Moves the entry to the table `dead_letters`."""
        letter = (entry.id, entry.function, entry.payload, entry.kept_at, reason, time.time())

        def move(database: sqlite3.Connection) -> None:
            database.execute("insert into dead_letters values (?, ?, ?, ?, ?, ?)", letter)
            database.execute("delete from waiting where id = ?", (entry.id,))

        self._run(move)

    def check(self) -> None:
        """Raises `OSError` where the disk takes no more, or has less room than `LEAST_FREE_BYTES`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = self._folder / f"probe.{os.getpid()}"
        try:
            probe.write_bytes(_PROBE)
        finally:
            probe.unlink(missing_ok=True)
        found = os.statvfs(self._folder)
        if (free := found.f_bavail * found.f_frsize) < LEAST_FREE_BYTES:
            raise OSError(errno.ENOSPC, f"only {free / 2**20:.1f} MiB are free")

    @contextmanager
    def sole_deliverer(self) -> Generator[bool]:
        """True for one process at a time; the kernel lets the next one in when that one leaves or dies."""
        descriptor = os.open(self._folder / "deliverer.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            yield False
            return
        try:
            yield True
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """The next method opens it again."""
        with self._turn:
            self._disconnect()

    def _read(self, work: Callable[[sqlite3.Connection], T], without_file: T) -> T:
        return self._run(work, "begin") if self.path.exists() else without_file

    def _run(self, work: Callable[[sqlite3.Connection], T], begin: str = "begin immediate") -> T:
        try:
            return self._transaction(work, begin)
        except sqlite3.DatabaseError as error:
            if not _is_corrupt(error):
                raise
            self._set_aside(error)
            return self._transaction(work, begin)

    def _transaction(self, work: Callable[[sqlite3.Connection], T], begin: str) -> T:
        with self._turn:
            database = self._connected()
            # "immediate" takes the write lock at once: a reader that becomes a writer may fail without waiting
            database.execute(begin)
            try:
                result = work(database)
                database.execute("commit")
            except BaseException:
                if database.in_transaction:
                    database.execute("rollback")
                raise
            return result

    def _connected(self) -> sqlite3.Connection:
        if self._database and self._inode == _inode(self.path):
            return self._database
        # the first time, or another process has set the file aside
        self._disconnect()
        # two processes that make the file at once: SQLite refuses one of them without waiting
        with self._exclusive():
            database = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            try:
                database.execute("pragma journal_mode = wal")
                database.execute("pragma synchronous = full")
                database.executescript(_SCHEMA)
            except BaseException:
                database.close()
                raise
            self._database, self._inode = database, _inode(self.path)
        return database

    def _disconnect(self) -> None:
        if self._database:
            self._database.close()
            self._database = None

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        self.close()
        with self._exclusive():
            if not self._unreadable():
                # another process has set it aside meanwhile
                return
            name = f"{FILE}.corrupt-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{os.getpid()}"
            for suffix in ("-wal", "-shm", ""):
                part = self._folder / f"{FILE}{suffix}"
                if part.exists():
                    part.rename(self._folder / f"{name}{suffix}")
        report(StoreError(f"the spool's file can't be read ({error}), it is kept as {name}", "corrupt"), action="spool")

    @contextmanager
    def _exclusive(self) -> Generator[None]:
        """One process at a time makes the file or sets it aside."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)

    def _unreadable(self) -> bool:
        try:
            with closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as database:
                return database.execute("pragma quick_check(1)").fetchone() != ("ok",)
        except sqlite3.DatabaseError as error:
            return _is_corrupt(error)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _is_corrupt(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _CORRUPT
