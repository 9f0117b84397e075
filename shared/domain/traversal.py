"""Where a call went: the nodes it entered, the functions it used, and its handoffs from template to template."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

MOST_HANDOFFS = 5
"""Of one call: agents that hand a caller on more often are going in circles (OT-46)."""
MOST_VISITS = 200
"""Of the traversal; older ones are dropped."""


@dataclass(frozen=True)
class Answering:
    """Which template answers, for which tenant."""

    tenant_id: str
    template: str
    version: str | None
    """A number, or `rollout.SHIPPED`."""


@dataclass(frozen=True)
class Handoff:
    """A change of the template inside the call."""

    source: Answering
    target: Answering
    at: datetime
    """UTC."""


@dataclass(frozen=True)
class Visit:
    """A node that was entered; or a function that was used in it, which leaves the call where it is."""

    node: str
    template: str
    version: str | None
    """Of the template; both as they were when the node was entered (OT-19)."""
    why: str
    """The function that led here or was used; `start`, `danger`, or `key`."""
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    """Of that function."""
    entered_at: datetime | None = None
    left_at: datetime | None = None
    """None: the call is there, or ended there. Of a function both times are that of its end."""
