"""The circuits of the speech providers, which a stage's processes share."""

from collections.abc import Callable, Mapping
from typing import Protocol

from shared.domain.circuit import Circuit

Known = Mapping[str, Circuit]
"""By `kind:provider/model`. A closed circuit without failures isn't in it."""


class CircuitStore(Protocol):
    """In Redis. A failure is `StoreUnavailable`, and each process goes by itself then."""

    async def change(self, step: Callable[[Known], Known]) -> Known:
        """Set what `step` makes of the stored circuits, and return it; `step` may be called more than once."""
        ...

    async def claim_probe(self, name: str, holder: str, seconds: float) -> bool:
        """True for one process of the stage: it probes this provider, nobody else does for so long."""
        ...
