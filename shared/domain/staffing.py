"""How many workers to order for a stage: enough for its calls, with head-room for those to come."""

import math
from dataclasses import dataclass
from datetime import timedelta

LEAST_FREE = 2
"""Places that are kept free: a worker takes half a minute to come, and callers don't wait for it."""
FREE_SHARE = 0.25
"""Of the calls that are served: the more there are, the more arrive in that half minute."""
AHEAD = timedelta(minutes=10)
"""A worker's successor is ordered this long before it takes no more calls."""


@dataclass(frozen=True)
class Staffing:
    """A stage's workers at one moment. Those of other releases count among the containers only."""

    calls: int
    """Of all workers of the release that take calls, those too that will soon take no more."""
    places: int
    """Of the workers that go on taking calls."""
    workers: int
    """Of those that go on."""
    ordered: int
    """Workers of the release that were ordered and haven't come yet."""
    containers: int
    """All workers of the stage, ordered and ending ones too."""


@dataclass(frozen=True)
class StaffLimits:
    places_each: int
    """Calls that a worker serves at once."""
    workers: int
    """Of a release, at most."""
    containers: int
    """Of the stage, at most: while a release's workers end their calls, the next one's take new ones."""


def workers_to_order(now: Staffing, limits: StaffLimits) -> int:
    """How many more are wanted, never more than the limits leave; one at least where none is there or on its way."""
    wanted = now.calls + head_room(now.calls)
    missing = wanted - now.places - now.ordered * limits.places_each
    here = now.workers + now.ordered
    more = max(math.ceil(missing / limits.places_each), 0 if here else 1)
    return max(0, min(more, limits.workers - here, limits.containers - now.containers))


def head_room(calls: int) -> int:
    """Places that are kept free beside so many calls."""
    return max(LEAST_FREE, math.ceil(FREE_SHARE * calls))
