"""Copies of a store's earlier answers, in memory, in files and in Redis, for when the store is away."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

from shared.files import write_whole

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

WRITTEN_AGAIN_AFTER = timedelta(seconds=60)
"""An answer that didn't change; one that did is written at once."""


@dataclass(frozen=True)
class Copy(Generic[Answer]):
    answer: Answer
    read_at: datetime


class SharedCopies(Protocol):
    """The copies of all machines of a stage. Neither method raises."""

    def offer(self, kind: str, key: str, text: str | None, read_at: datetime, lasts: timedelta) -> None:
        """To be put beside: the caller doesn't wait for it. None removes the copy."""
        ...

    async def get(self, kind: str, key: str) -> str | None:
        """Bounded; None also where they can't be read."""
        ...


class Shelf(Generic[Answer]):
    """Answers of one kind by their key. A new process starts with the copies that others wrote: those of its machine
    are in `folder`, those of all machines in `shared`.

    `text` turns a copy into JSON. A copy that can't be written or read is logged and otherwise ignored: the copies only
    stand in for a store that is away.
    """

    def __init__(
        self,
        kind: str,
        text: TypeAdapter[Copy[Answer]],
        lasts: timedelta,
        folder: Path | None = None,
        shared: SharedCopies | None = None,
    ) -> None:
        self._kind = kind
        self._lasts = lasts
        self._folder = folder and folder / f"{kind}s"
        self._shared = shared
        self._copies: dict[str, Copy[Answer]] = {}
        self._written_at: dict[str, datetime] = {}
        self._text = text

    async def put(self, key: str, answer: Answer | None, read_at: datetime) -> None:
        """Of two answers the one that was read later stays, in whatever order they come. None removes the copy."""
        held = self._copies.get(key)
        if held is not None and held.read_at > read_at:
            return
        if answer is None:
            self._copies.pop(key, None)
            await self._store(key, None, read_at)
            return
        self._copies[key] = copy = Copy(answer, read_at)
        written_at = self._written_at.get(key)
        if held is None or held.answer != answer or written_at is None or read_at - written_at > WRITTEN_AGAIN_AFTER:
            self._written_at[key] = read_at
            await self._store(key, copy, read_at)

    async def get(self, key: str, now: datetime) -> Copy[Answer] | None:
        held = self._copies.get(key) or await self._load(key)
        if not self._serves(held, now):
            held = await self._fetch(key)
        if held is None or not self._serves(held, now):
            self._copies.pop(key, None)
            return None
        if self._copies.setdefault(key, held) is held:
            self._written_at.setdefault(key, held.read_at)
        return held

    def _serves(self, copy: Copy[Answer] | None, now: datetime) -> bool:
        return copy is not None and now - copy.read_at <= self._lasts

    async def _store(self, key: str, copy: Copy[Answer] | None, read_at: datetime) -> None:
        text = None if copy is None else self._text.dump_json(copy)
        if self._shared is not None:
            self._shared.offer(self._kind, key, None if text is None else text.decode(), read_at, self._lasts)
        if self._folder is None:
            return
        path = self._path(self._folder, key)
        try:
            if text is None:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            else:
                await asyncio.to_thread(write_whole, path, text)
        except OSError as error:
            log.warning("copy not written", action="directory_copy", error=str(error))

    async def _load(self, key: str) -> Copy[Answer] | None:
        if self._folder is None:
            return None
        try:
            return self._read(await asyncio.to_thread(self._path(self._folder, key).read_bytes))
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("copy not readable", action="directory_copy", error=type(error).__name__)
            return None

    async def _fetch(self, key: str) -> Copy[Answer] | None:
        text = None if self._shared is None else await self._shared.get(self._kind, key)
        return None if text is None else self._read(text)

    def _read(self, text: str | bytes) -> Copy[Answer] | None:
        try:
            return self._text.validate_json(text)
        except ValidationError as error:
            # another release may have written it
            log.warning("copy not readable", action="directory_copy", error=type(error).__name__)
            return None

    def _path(self, folder: Path, key: str) -> Path:
        return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
