"""A spool's file: JSON lines, forced to disk, locked as long as its process lives."""

import fcntl
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from shared.observe import log

PATTERN = "waiting-*.jsonl"


@dataclass(frozen=True)
class Entry:
    entry_id: str
    function: str
    payload: dict[str, Any]
    kept_at: float
    """Seconds since the epoch."""
    refused: str | None = None
    """Why it was given up."""

    def line(self) -> bytes:
        return orjson.dumps(asdict(self), option=orjson.OPT_APPEND_NEWLINE)


class SpoolFile:
    """Made by its first entry, removed when the last is delivered. Its methods block."""

    def __init__(self, folder: Path, path: Path | None = None, descriptor: int | None = None) -> None:
        self.path = path or _fresh(folder)
        self._folder = folder
        self._descriptor = descriptor

    def append(self, entry: Entry) -> None:
        """Raises `OSError`; nothing of the entry is left in the file then."""
        if self._descriptor is None:
            self._create()
        assert self._descriptor is not None
        size = os.fstat(self._descriptor).st_size
        try:
            _write_all(self._descriptor, entry.line())
            os.fsync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, size)
            raise

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _create(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = _fresh(self._folder)
        # Locked under a name that nobody looks for, so that nobody takes it over before it is locked.
        hidden = self.path.with_suffix(".new")
        descriptor = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            hidden.rename(self.path)
            _sync_folder(self._folder)
        except OSError:
            os.close(descriptor)
            hidden.unlink(missing_ok=True)
            raise
        self._descriptor = descriptor


def adopt_orphans(folder: Path, own: Path) -> list[tuple[SpoolFile, list[Entry]]]:
    """The files whose processes are gone, oldest first, each locked for us, with what is in them."""
    adopted: list[tuple[SpoolFile, list[Entry]]] = []
    for path in folder.glob(PATTERN):
        if path != own and (descriptor := _locked(path)) is not None:
            file = SpoolFile(folder, path, descriptor)
            if entries := _entries(folder, path):
                adopted.append((file, entries))
            else:
                file.remove()
    return sorted(adopted, key=lambda pair: pair[1][0].kept_at)


def append_durably(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        _write_all(descriptor, line)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fresh(folder: Path) -> Path:
    return folder / f"waiting-{os.getpid()}-{uuid.uuid4().hex[:8]}.jsonl"


def _locked(path: Path) -> int | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Another may have delivered and removed it between opening and locking.
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _entries(folder: Path, path: Path) -> list[Entry]:
    entries: list[Entry] = []
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            entries.append(Entry(**orjson.loads(line)))
        except (orjson.JSONDecodeError, TypeError):
            if line.endswith(b"\n"):
                append_durably(folder / "unreadable.jsonl", line)
                log.error("unreadable line of the spool put aside", action="spool", file=path.name)
            # Else it was torn by the crash, before its writer was told that it is kept.
    return entries


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
