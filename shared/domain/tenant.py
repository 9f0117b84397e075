"""Tenants and their numbers, as the directory returns them."""

from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.domain.people import Person
from shared.domain.rollout import Rollout

DEMO_PREFIX = "00000000-0000-4000-a000-"
"""Ids of fictional tenants begin with it (PT-25); tests, canaries and previews use no others."""

DEMO_TENANT = f"{DEMO_PREFIX}000000000001"
"""Grace Community: what previews answer as by default, and what each worker loads before it takes calls."""

OPENING_HOURS = "opening_hours"
"""The key of a tenant's opening hours (`shared.domain.opening_hours`) among its extras."""

Route = Literal["tenant", "sales", "demo_router"]
Fallback = Literal["announcement", "voicemail", "forward"]
Access = Literal["open", "private", "public"]
"""Of a number: callers on its allowlist alone have its tools and data (`private`), nobody has (`public`), or all who
may call have what its template gives (`open`)."""
Unlisted = Literal["reject", "guest"]
"""What a private number does with callers who aren't on its allowlist (DU-52)."""
Unattested = Literal["accept", "guest", "reject"]
"""What a private number does with a caller on its allowlist whose number the carrier doesn't vouch for (DU-54)."""
Tier = Literal["private", "guest", "public"]
"""What a caller may have of an agent, decided before anything private is loaded (DU-51)."""


@dataclass(frozen=True)
class Holding:
    """The stage and tenant that a number is bound to."""

    stage: str
    active: bool
    route: Route
    tenant_id: str | None


@dataclass(frozen=True)
class Listing:
    """What the directory holds of one dialled number, with what routing needs of its tenant."""

    did: str
    """E.164."""
    stage: str
    active: bool
    route: Route
    tenant_id: str | None
    template: str | None
    allowlist: tuple[str, ...] = ()
    """Numbers in any notation, which routing compares by `numbers.caller_key`; empty: everybody may call."""
    access: Access = "open"
    unlisted_callers: Unlisted = "reject"
    unattested_callers: Unattested = "accept"
    caller_blocked: bool = False
    """Whether the caller of this query is on the tenant's blocklist."""
    calls_limit: int | None = None
    """Calls per calendar month in the tenant's timezone; None is unlimited, 0 admits none."""
    calls_used: int = 0
    language: str = "en"
    """Its tenant's."""
    fallback: Fallback = "announcement"
    """What an unanswered caller gets."""
    forward_to: str | None = None
    """E.164, for the fallback `forward`."""
    rollout: Rollout | None = None
    """Of its template, in its stage; None: the shipped one serves all calls."""
    rivals: tuple[str, ...] = ()
    """Templates of other active rows of the number, which no rule allows; this row is the newest."""
    stale: bool = False
    """Whether it comes from a cache that is too old to count as an answer."""
    failure: str | None = None
    """Why the directory failed, so that this is a cached answer; None: it is fresh."""

    @property
    def holding(self) -> Holding:
        return Holding(self.stage, self.active, self.route, self.tenant_id)


@dataclass(frozen=True)
class Tenant:
    """A business, with the facts that its template may speak."""

    tenant_id: str
    name: str
    timezone: str
    language: str = "en"
    greeting: str | None = None
    """The tenant's own greeting; None: the template's."""
    facts: dict[str, str] = field(default_factory=dict[str, str])
    """What the agent may say to callers, by the name in the template: `address`, `hours_spoken` …"""
    escalation_contact_email: str | None = None
    phone: str | None = None
    extras: dict[str, Any] = field(default_factory=dict[str, Any])
    people: tuple[Person, ...] = ()
    """Whom callers may be put through to."""
    stale: bool = False
    """As a listing's."""
    failure: str | None = None
    """As a listing's."""

    @property
    def row_id(self) -> str | None:
        """What its rows name; None for the house."""
        return self.tenant_id or None

    @property
    def is_demo(self) -> bool:
        return self.tenant_id.startswith(DEMO_PREFIX)


def house(timezone: str) -> Tenant:
    """Whom the lines without a tenant answer for: ourselves. It has no id, and no rows are its own."""
    return Tenant("", "Pickup", timezone)


def is_timezone(name: str) -> bool:
    """Whether a tenant's local time can be told by it."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        # ZoneInfoNotFoundError is a KeyError; a folder's name is an OSError
        return False
    return True
