"""Wraps the directory with copies of its earlier answers, which it serves while the directory fails (PT-19, PT-20)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import TypeAdapter

from shared.adapters.shelf import Copy, SharedCopies, Shelf
from shared.domain.setup import StageSetups
from shared.domain.tenant import Holding, Listing, Tenant
from shared.errors import DirectoryError
from shared.ports import Clock, Directory

GOOD_FOR = timedelta(minutes=5)
"""A copy as young as this is as good as an answer; an older one is stale."""
SERVED_FOR = timedelta(minutes=60)
SILENCE_SPARED = timedelta(seconds=5)
"""After a timeout the directory isn't tried again for so long where there is a copy, so that one caller waits only."""
PATIENCE_SECONDS = 0.8
"""The wait where there is a copy. With a connection's release it is less than one of `Lookup`'s two tries may take."""

_SILENT = "timeout"


class Holdings(Protocol):
    """Reads a number's tenant and stage alone, which may work where the whole listing doesn't."""

    async def holding(self, did: str) -> Holding | None: ...


_Answer = TypeVar("_Answer", Listing, Tenant)
_LISTINGS, _TENANTS = TypeAdapter(Copy[Listing]), TypeAdapter(Copy[Tenant])
_DIDS = TypeAdapter(Copy[tuple[str, ...]])


class CachedDirectory:
    """Asks `directory` each time, so that a change counts at once; when it fails, its last answer is served.

    A copy names the reason in `failure`, is `stale` after 5 minutes, and is dropped after 60. A number whose tenant or
    stage has changed, by `holdings`, gets no copy. Processes of a machine share their copies in `folder`, as each call
    of a worker has a process of its own; machines share theirs in `shared`.
    """

    def __init__(
        self,
        directory: Directory,
        holdings: Holdings,
        clock: Clock,
        folder: Path | None = None,
        shared: SharedCopies | None = None,
    ) -> None:
        self._directory = directory
        self._holdings = holdings
        self._clock = clock
        self._listings = Shelf("listing", _LISTINGS, SERVED_FOR, folder, shared)
        self._tenants = Shelf("tenant", _TENANTS, SERVED_FOR, folder, shared)
        self._dids = Shelf("did", _DIDS, SERVED_FOR, folder, shared)
        self._blocked: set[tuple[str | None, str]] = set()
        """Tenant and caller, by the last answers: a copy was read for another caller than it is served to."""
        self._silent_at: datetime | None = None

    async def listing(self, did: str, caller: str) -> Listing | None:
        now = self._clock.now()
        copy = await self._listings.get(did, now)
        try:
            listing = await self._ask(lambda: self._directory.listing(did, caller), copy)
        except DirectoryError as error:
            if copy is None or await self._has_moved(copy.answer, error):
                raise
            blocked = (copy.answer.tenant_id, caller) in self._blocked
            marked = replace(copy.answer, stale=self._is_stale(copy.read_at), failure=_cause(error))
            return replace(marked, caller_blocked=blocked)
        await self._listings.put(did, listing, now)
        if listing is not None:
            change = self._blocked.add if listing.caller_blocked else self._blocked.discard
            change((listing.tenant_id, caller))
        return listing

    async def tenant(self, tenant_id: str) -> Tenant | None:
        now = self._clock.now()
        copy = await self._tenants.get(tenant_id, now)
        try:
            tenant = await self._ask(lambda: self._directory.tenant(tenant_id), copy)
        except DirectoryError as error:
            if copy is None:
                raise
            return replace(copy.answer, stale=self._is_stale(copy.read_at), failure=_cause(error))
        await self._tenants.put(tenant_id, tenant, now)
        return tenant

    async def dids(self, stage: str) -> Sequence[str]:
        return await self._directory.dids(stage)

    async def known_dids(self, stage: str) -> Sequence[str]:
        now = self._clock.now()
        try:
            dids = tuple(await self._directory.dids(stage))
        except DirectoryError:
            copy = await self._dids.get(stage, now)
            if copy is None:
                raise
            return copy.answer
        await self._dids.put(stage, dids, now)
        return dids

    async def setups(self, stage: str) -> StageSetups:
        return await self._directory.setups(stage)

    async def _ask(
        self, question: Callable[[], Awaitable[_Answer | None]], copy: Copy[_Answer] | None
    ) -> _Answer | None:
        """Waits as long as the user of the port does; where there is a copy only so long that it comes in time."""
        if copy is None:
            return await question()
        now = self._clock.now()
        if self._silent_at is not None and now - self._silent_at < SILENCE_SPARED:
            raise DirectoryError("the directory did not answer a moment ago", _SILENT)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await question()
        except TimeoutError as error:
            self._silent_at = now
            raise DirectoryError(f"the directory did not answer within {PATIENCE_SECONDS} s", _SILENT) from error
        self._silent_at = None
        return answer

    async def _has_moved(self, listing: Listing, error: DirectoryError) -> bool:
        """Whether the number changed hands. False where that can't be read."""
        if error.cause_code == _SILENT:
            return False
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                held = await self._holdings.holding(listing.did)
        except (DirectoryError, TimeoutError):
            return False
        return held != listing.holding

    def _is_stale(self, read_at: datetime) -> bool:
        return self._clock.now() - read_at > GOOD_FOR


def _cause(error: DirectoryError) -> str:
    return error.cause_code or str(error)
