"""Who answers a dialled number: one decision, from a visible, ordered tuple of rules (PT-05)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.tenant import Listing, Route


class Reason(StrEnum):
    """Why a call was admitted, announced to or rejected. Stable: stored with each call."""

    TOLL_FREE = "TOLL_FREE"
    DEMO_NUMBER = "DEMO_NUMBER"
    NUMBER_BOUND = "NUMBER_BOUND"
    NUMBER_UNKNOWN = "NUMBER_UNKNOWN"
    NUMBER_INACTIVE = "NUMBER_INACTIVE"
    NUMBER_WITHOUT_TENANT = "NUMBER_WITHOUT_TENANT"
    WRONG_STAGE = "WRONG_STAGE"
    CALLER_BLOCKED = "CALLER_BLOCKED"
    CALLER_NOT_LISTED = "CALLER_NOT_LISTED"
    OVER_LIMIT = "OVER_LIMIT"
    AT_CAPACITY = "AT_CAPACITY"
    DIRECTORY_ERROR = "DIRECTORY_ERROR"


@dataclass(frozen=True)
class Admit:
    """The call is answered by this template; `tenant_id` is None for sales and the demo router only."""

    reason: Reason
    route: Route
    tenant_id: str | None
    template: str
    stale_directory: bool = False


@dataclass(frozen=True)
class Announce:
    """The call is answered with one spoken line, chosen by the reason, and ended. No template is loaded."""

    reason: Reason
    tenant_id: str | None = None


@dataclass(frozen=True)
class Reject:
    """The call is not answered."""

    reason: Reason
    tenant_id: str | None = None


Decision = Admit | Announce | Reject


@dataclass(frozen=True)
class Inquiry:
    """All a decision depends on. `listing` None with no `directory_failed` means: no such number."""

    stage: str
    did: str | None
    """E.164, or None when what was dialled can't be read as a number."""
    caller: str
    """Comparing key; empty for an anonymous caller."""
    listing: Listing | None
    directory_failed: bool = False
    place_refused: bool = False
    """The calls limit was asked for a place and had none left (atomically, PT-16)."""
    at_capacity: bool = False


Rule = Callable[[Inquiry], Decision | None]
