"""A directory with a memory: while it can't answer, what it answered before is told instead (PT-19, PT-20)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import TypeAdapter

from shared.adapters.shelf import Copy, Shelf
from shared.domain.tenant import Holding, Listing, Tenant
from shared.errors import DirectoryError
from shared.ports import Clock, Directory

GOOD_FOR = timedelta(minutes=5)
"""A copy as young as this is as good as an answer; an older one is stale."""
SERVED_FOR = timedelta(minutes=60)
SILENCE_SPARED = timedelta(seconds=5)
"""A directory that was silent isn't waited for again so soon where there is a copy: its caller waited once."""
PATIENCE_SECONDS = 0.8
"""Where there is a copy. With a connection's release it is less than one of `Lookup`'s two tries may take."""

_SILENT = "timeout"


class Holdings(Protocol):
    """Whom a number belongs to, told by the least that can be asked, so that it works where a listing may not."""

    async def holding(self, did: str) -> Holding | None: ...


_Answer = TypeVar("_Answer", Listing, Tenant)
_LISTINGS, _TENANTS = TypeAdapter(Copy[Listing]), TypeAdapter(Copy[Tenant])


class CachedDirectory:
    """Asks `directory` each time, so that a change is known at once; its last answers stand in when it fails.

    A copy says with `failure` why it was served, and is `stale` after 5 minutes; after 60 there is none. A number whose
    holder changed since, by what `holdings` can still tell, is served no copy. In `folder` processes share their
    copies: each call of a worker's is a process of its own, and knows nothing else.
    """

    def __init__(self, directory: Directory, holdings: Holdings, clock: Clock, folder: Path | None = None) -> None:
        self._directory = directory
        self._holdings = holdings
        self._clock = clock
        self._listings = Shelf(_LISTINGS, SERVED_FOR, folder and folder / "listings")
        self._tenants = Shelf(_TENANTS, SERVED_FOR, folder and folder / "tenants")
        self._blocked: set[tuple[str | None, str]] = set()
        """Tenant and caller, by the last answers: a copy is served to other callers than it was read for."""
        self._silent_at: datetime | None = None

    async def listing(self, did: str, caller: str) -> Listing | None:
        asked_at = self._clock.now()
        copy = await self._listings.get(did, asked_at)
        try:
            listing = await self._ask(lambda: self._directory.listing(did, caller), copy)
        except DirectoryError as error:
            if copy is None or await self._has_moved(copy.answer, error):
                raise
            blocked = (copy.answer.tenant_id, caller) in self._blocked
            marked = replace(copy.answer, stale=self._is_stale(copy.read_at), failure=_cause(error))
            return replace(marked, caller_blocked=blocked)
        await self._listings.put(did, listing, asked_at)
        if listing is not None:
            change = self._blocked.add if listing.caller_blocked else self._blocked.discard
            change((listing.tenant_id, caller))
        return listing

    async def tenant(self, tenant_id: str) -> Tenant | None:
        asked_at = self._clock.now()
        copy = await self._tenants.get(tenant_id, asked_at)
        try:
            tenant = await self._ask(lambda: self._directory.tenant(tenant_id), copy)
        except DirectoryError as error:
            if copy is None:
                raise
            return replace(copy.answer, stale=self._is_stale(copy.read_at), failure=_cause(error))
        await self._tenants.put(tenant_id, tenant, asked_at)
        return tenant

    async def dids(self, stage: str) -> Sequence[str]:
        return await self._directory.dids(stage)

    async def _ask(
        self, question: Callable[[], Awaitable[_Answer | None]], copy: Copy[_Answer] | None
    ) -> _Answer | None:
        """As patient as the asker without a copy, else so that the copy still comes in time."""
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
        """Where nothing can be asked, nothing is known to have changed."""
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
