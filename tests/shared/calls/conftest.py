"""Ports with a memory and a switch for failing; what the real stores do is proven on the real stores."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.adapters.memory import MemoryAlerts
from shared.calls.admit import Admission, AdmitCall, Ringing
from shared.domain.call import CallEvent, CallOpening, CallRecord, Completion
from shared.domain.conversation import Conversation
from shared.domain.tenant import Listing, Tenant
from shared.errors import PickupError
from shared.ports import Receipt

DID, CALLER = "+12065550100", "+12065550142"
TENANT_ID = "7f3c0f6e-0000-4000-b000-000000000001"
LISTING = Listing(DID, "production", True, "tenant", TENANT_ID, "church")
TENANT = Tenant(TENANT_ID, "Grace Community", "America/Los_Angeles")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Fault:
    """What a port does before it answers: raise these in turn, or hang."""

    errors: list[Exception] = field(default_factory=list[Exception])
    hangs: bool = False
    asked: int = 0

    async def meet(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.errors:
            raise self.errors.pop(0)

    def always(self, error: PickupError) -> None:
        self.errors = [error] * 100


class Numbers:
    """A directory."""

    def __init__(self) -> None:
        self.listings: dict[str, Listing] = {DID: LISTING}
        self.tenants: dict[str, Tenant] = {TENANT_ID: TENANT}
        self.listing_fault, self.tenant_fault = Fault(), Fault()

    async def listing(self, did: str, caller: str) -> Listing | None:
        await self.listing_fault.meet()
        return self.listings.get(did)

    async def tenant(self, tenant_id: str) -> Tenant | None:
        await self.tenant_fault.meet()
        return self.tenants.get(tenant_id)

    async def dids(self, stage: str) -> Sequence[str]:
        return list(self.listings)


class Ledger:
    """Calls: openings, places and completions."""

    def __init__(self) -> None:
        self.opened: dict[str, CallOpening] = {}
        self.completed: list[Completion] = []
        self.places_left, self.placed = 0, set[str]()
        self.open_fault, self.place_fault, self.complete_fault = Fault(), Fault(), Fault()
        self.may_complete = asyncio.Event()
        self.may_complete.set()

    async def open(self, opening: CallOpening) -> Receipt:
        await self.open_fault.meet()
        self.opened.setdefault(opening.call_id, opening)
        return Receipt.STORED

    async def take_place(self, call_id: str, tenant_id: str, at: datetime) -> bool:
        await self.place_fault.meet()
        if call_id not in self.placed and len(self.placed) < self.places_left:
            self.placed.add(call_id)
        return call_id in self.placed

    async def note(self, event: CallEvent) -> Receipt:
        return Receipt.STORED

    async def complete(self, completion: Completion) -> Receipt:
        await self.may_complete.wait()
        await self.complete_fault.meet()
        self.completed.append(completion)
        return Receipt.STORED

    async def find(self, call_id: str) -> CallRecord | None:
        return None

    async def recent(self, stage: str, limit: int) -> Sequence[CallRecord]:
        return []


class Live:
    """Sessions and decisions."""

    def __init__(self) -> None:
        self.decisions: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, Conversation] = {}
        self.fault = Fault()

    async def save(self, conversation: Conversation) -> bool:
        await self.fault.meet()
        stored = self.sessions.get(conversation.call_id)
        if stored is not None and stored.version >= conversation.version:
            return False
        self.sessions[conversation.call_id] = conversation
        return True

    async def load(self, call_id: str) -> Conversation | None:
        return self.sessions.get(call_id)

    async def extend(self, call_id: str) -> bool:
        return call_id in self.sessions

    async def delete(self, call_id: str) -> None:
        self.sessions.pop(call_id, None)

    async def decide_once(self, call_id: str, decision: dict[str, Any]) -> dict[str, Any]:
        await self.fault.meet()
        return self.decisions.setdefault(call_id, decision)

    async def decided(self, call_id: str) -> dict[str, Any] | None:
        await self.fault.meet()
        return self.decisions.get(call_id)


class World:
    """All ports of an admission, and the admission."""

    def __init__(self) -> None:
        self.numbers, self.ledger, self.live = Numbers(), Ledger(), Live()
        self.alerts, self.patience_seconds = MemoryAlerts(), 0.2

    async def admit(
        self,
        call_id: str = "call-1",
        did: str = DID,
        caller: str | None = CALLER,
        *,
        stage: str = "production",
        synthetic: bool = False,
        at_capacity: bool = False,
        unsigned: bool = False,
        room_id: str | None = None,
    ) -> Admission:
        more: dict[str, Any] = {"synthetic": synthetic, "at_capacity": at_capacity}
        ringing = Ringing(call_id, did, caller, AT, unsigned=unsigned, room_id=room_id, **more)
        admit = AdmitCall(stage, "r1", self.numbers, self.ledger, self.live, self.alerts, self.patience_seconds)
        return await admit(ringing)

    def told(self) -> list[tuple[str, str]]:
        """Key and severity of each alert that was raised."""
        return [(alert.key, alert.severity) for alert in self.alerts.raised]


@pytest.fixture
def world() -> World:
    return World()
