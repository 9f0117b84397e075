"""Tenants and the numbers that belong to them, as the directory tells them."""

from dataclasses import dataclass, field
from typing import Any, Literal

DEMO_PREFIX = "00000000-0000-4000-a000-"
"""Ids of fictional tenants begin so (PT-25); tests, canaries and previews use no others."""

Route = Literal["tenant", "sales", "demo_router"]
Fallback = Literal["announcement", "voicemail", "forward"]


@dataclass(frozen=True)
class Holding:
    """Whom a number belongs to, where and how."""

    stage: str
    active: bool
    route: Route
    tenant_id: str | None


@dataclass(frozen=True)
class Listing:
    """What the directory holds of one dialled number; required data of its tenant included."""

    did: str
    """E.164."""
    stage: str
    active: bool
    route: Route
    tenant_id: str | None
    template: str | None
    allowlist: tuple[str, ...] = ()
    """Comparing keys (`numbers.comparing_key`); empty: everybody may call."""
    caller_blocked: bool = False
    """Whether the caller that was asked about is on the tenant's blocklist."""
    calls_limit: int | None = None
    """Calls per calendar month in the tenant's timezone; None is unlimited, 0 admits none."""
    calls_used: int = 0
    language: str = "en"
    """Its tenant's."""
    fallback: Fallback = "announcement"
    """What a caller gets whom nobody answers."""
    forward_to: str | None = None
    """E.164, for the fallback `forward`."""
    stale: bool = False
    """Whether it was read too long ago to be as good as an answer."""
    failure: str | None = None
    """Why the directory couldn't be asked, so that this is an earlier answer of it; None: it is today's."""

    @property
    def holding(self) -> Holding:
        return Holding(self.stage, self.active, self.route, self.tenant_id)


@dataclass(frozen=True)
class Tenant:
    """Whose phone it is, and all that its template may say of it."""

    tenant_id: str
    name: str
    timezone: str
    language: str = "en"
    greeting: str | None = None
    """The tenant's own greeting; None: the template's."""
    facts: dict[str, str] = field(default_factory=dict[str, str])
    """What may be told to callers, by the name the template uses: `address`, `hours_spoken` …"""
    escalation_contact_email: str | None = None
    phone: str | None = None
    extras: dict[str, Any] = field(default_factory=dict[str, Any])
    stale: bool = False
    """As a listing's."""
    failure: str | None = None
    """As a listing's."""

    @property
    def is_demo(self) -> bool:
        return self.tenant_id.startswith(DEMO_PREFIX)
