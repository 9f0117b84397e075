"""Copies of a store's earlier answers, in memory and in files, for when the store is away."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

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


class Shelf(Generic[Answer]):
    """Answers of one kind by their key. With a folder, a new process starts with the copies that others wrote.

    `text` turns a copy into a file's JSON. A file that can't be written or read is logged and otherwise ignored: the
    copies only stand in for a store that is away.
    """

    def __init__(self, text: TypeAdapter[Copy[Answer]], lasts: timedelta, folder: Path | None = None) -> None:
        self._lasts = lasts
        self._folder = folder
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
            await self._store(key, None)
            return
        self._copies[key] = copy = Copy(answer, read_at)
        written_at = self._written_at.get(key)
        if held is None or held.answer != answer or written_at is None or read_at - written_at > WRITTEN_AGAIN_AFTER:
            self._written_at[key] = read_at
            await self._store(key, copy)

    async def get(self, key: str, now: datetime) -> Copy[Answer] | None:
        held = self._copies.get(key) or await self._load(key)
        if held is None or now - held.read_at > self._lasts:
            self._copies.pop(key, None)
            return None
        if self._copies.setdefault(key, held) is held:
            self._written_at.setdefault(key, held.read_at)
        return held

    async def _store(self, key: str, copy: Copy[Answer] | None) -> None:
        if self._folder is None:
            return
        path = self._path(self._folder, key)
        try:
            if copy is None:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            else:
                await asyncio.to_thread(write_whole, path, self._text.dump_json(copy))
        except OSError as error:
            log.warning("copy not written", action="directory_copy", error=str(error))

    async def _load(self, key: str) -> Copy[Answer] | None:
        if self._folder is None:
            return None
        try:
            return self._text.validate_json(await asyncio.to_thread(self._path(self._folder, key).read_bytes))
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            # another release may have written it
            log.warning("copy not readable", action="directory_copy", error=type(error).__name__)
            return None

    def _path(self, folder: Path, key: str) -> Path:
        return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
