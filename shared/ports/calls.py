"""Who owns which number, and the calls: written while they run, read back afterwards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shared.domain.call import CallEvent, CallOpening, CallRecord, Completion, TurnedAway
from shared.domain.language.consent import ConsentRecord
from shared.domain.setup import StageSetups
from shared.domain.tenant import Listing, Tenant
from shared.ports.receipt import Receipt


class Directory(Protocol):
    """Who owns which number. Every failure is a `DirectoryError`; None means that the query found no row."""

    async def listing(self, did: str, caller: str) -> Listing | None:
        """`did` in E.164, `caller` a comparing key (empty for anonymous); stage isolation is routing's business."""
        ...

    async def tenant(self, tenant_id: str) -> Tenant | None: ...

    async def dids(self, stage: str) -> Sequence[str]:
        """All active numbers of a stage."""
        ...

    async def known_dids(self, stage: str) -> Sequence[str]:
        """As `dids`, or a copy of its last answer: to read by, never to change something by."""
        ...

    async def setups(self, stage: str) -> StageSetups:
        """The whole set-up of all active numbers of a stage, by their digits."""
        ...


class Calls(Protocol):
    async def open(self, opening: CallOpening) -> Receipt: ...

    async def take_place(self, call_id: str, tenant_id: str, at: datetime) -> bool:
        """One of the tenant's calls of this month, atomically; the same call asks twice and takes one."""
        ...

    async def note(self, event: CallEvent) -> Receipt: ...

    async def complete(self, completion: Completion) -> Receipt: ...


class Records(Protocol):
    """Calls as they are read back."""

    async def find(self, call_id: str) -> CallRecord | None:
        """By its id or an unambiguous beginning of it (≥ 6 characters)."""
        ...

    async def recent(self, stage: str, limit: int) -> Sequence[CallRecord]:
        """Newest first, without events."""
        ...

    async def open_calls(self, stage: str, before: datetime) -> Sequence[CallRecord]:
        """Those that began before then and have no end yet; oldest first, with events, at most some hundreds."""
        ...

    async def is_over(self, call_id: str) -> bool:
        """Whether its end is recorded."""
        ...

    async def turned_away(self, stage: str, limit: int, reader: str | None) -> Sequence[TurnedAway]:
        """Newest first. With the name of who reads, which is kept, the numbers are in it."""
        ...

    async def abandonments(self, stage: str, since: datetime) -> int:
        """How many callers hung up before anybody answered, of calls that began since then."""
        ...


class Consents(Protocol):
    async def record(self, consent: ConsentRecord) -> Receipt: ...

    async def of_call(self, call_id: str) -> Sequence[ConsentRecord]: ...
