"""Copies of the directory's answers in Redis: a machine that has none of its own serves them while Postgres is away."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from shared.adapters.kv.scripts import Scripts
from shared.errors import StoreError
from shared.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

GET_SECONDS = 0.3
"""A caller waits for it, in a process that has no copy of its own."""
SILENCE_SPARED_SECONDS = 5.0
"""After a failure Redis isn't asked again for so long, so that one caller waits only."""
MOST_CHARACTERS = 65_536
"""Of one copy. A longer one stays on the machine that read it."""
MOST_WAITING = 1000
_RESTART = Backoff()


@dataclass(frozen=True)
class _Offer:
    text: str
    read_at: datetime
    lasts: timedelta


class RedisCopies:
    """The keys `pickup:{stage}:copy:{kind}:{key}`. Of two copies the one that was read later stays.

    A copy holds what a listing or a tenant holds: facts, telephone numbers and addresses of people, as sessions in the
    same Redis do; never the secrets of a tenant's functions or webhooks, nor a PIN.
    """

    def __init__(self, scripts: Scripts, stage: str) -> None:
        self._scripts = scripts
        self._stage = stage
        self._waiting: dict[str, _Offer] = {}
        self._offered = asyncio.Event()
        self._spared_until = 0.0

    def offer(self, kind: str, key: str, text: str | None, read_at: datetime, lasts: timedelta) -> None:
        """Put beside, without a wait and without an error. None: what was copied is gone."""
        if len(text or "") > MOST_CHARACTERS:
            log.warning("copy too long for Redis", action="directory_copy", kind=kind, characters=len(text or ""))
            return
        if len(self._waiting) < MOST_WAITING:
            self._waiting[self._key(kind, key)] = _Offer(text or "", read_at, lasts)
            self._offered.set()

    async def get(self, kind: str, key: str) -> str | None:
        """None also where Redis doesn't answer at once."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._spared_until:
            return None
        try:
            async with asyncio.timeout(GET_SECONDS):
                text = await self._scripts.run("copy_get", [self._key(kind, key)], [])
        except (StoreError, TimeoutError) as error:
            self._spared_until = loop.time() + SILENCE_SPARED_SECONDS
            log.warning("copy not read from Redis", action="directory_copy", error=str(error) or "timeout")
            return None
        return None if text is None else str(text)

    async def put_offered(self) -> None:
        """Until it is cancelled. What can't be put is dropped: it is offered again when it was read again."""
        while True:
            await self._offered.wait()
            self._offered.clear()
            while self._waiting:
                key = next(iter(self._waiting))
                offer = self._waiting.pop(key)
                read_at = round(offer.read_at.timestamp() * 1000)
                args = [str(read_at), str(round(offer.lasts.total_seconds() * 1000)), offer.text]
                try:
                    await self._scripts.run("copy_put", [key], args)
                except StoreError as error:
                    log.warning("copies not put into Redis", action="directory_copy", error=str(error))
                    self._waiting.clear()

    def _key(self, kind: str, key: str) -> str:
        return f"pickup:{self._stage}:copy:{kind}:{key}"


@asynccontextmanager
async def open_copies(scripts: Scripts, stage: str) -> AsyncGenerator[RedisCopies]:
    copies = RedisCopies(scripts, stage)
    async with Tasks() as tasks:
        tasks.start("copies to Redis", copies.put_offered, restart=_RESTART)
        yield copies
