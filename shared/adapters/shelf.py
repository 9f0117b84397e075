"""Earlier answers, kept in memory and in files: a process that was started a moment ago has those of the others."""

import asyncio
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

import structlog
from pydantic import TypeAdapter, ValidationError

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")

WRITTEN_AGAIN_AFTER = timedelta(seconds=60)
"""The same answer; another is written at once."""


@dataclass(frozen=True)
class Copy(Generic[Answer]):
    answer: Answer
    read_at: datetime


class Shelf(Generic[Answer]):
    """Answers of one kind by their key. Without a folder they live as long as the process; in one as `text` puts them.

    Files that can't be written or read are done without: they stand in for a store that is away, no more.
    """

    def __init__(self, text: TypeAdapter[Copy[Answer]], lasts: timedelta, folder: Path | None = None) -> None:
        self._lasts = lasts
        self._folder = folder
        self._copies: dict[str, Copy[Answer]] = {}
        self._written_at: dict[str, datetime] = {}
        self._text = text

    async def put(self, key: str, answer: Answer | None, read_at: datetime) -> None:
        """The later read counts, whichever is told first; nothing found is nothing to serve."""
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
        text = None if copy is None else self._text.dump_json(copy)
        try:
            await asyncio.to_thread(_write, self._path(self._folder, key), text)
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


def _write(path: Path, text: bytes | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    part.replace(path)
