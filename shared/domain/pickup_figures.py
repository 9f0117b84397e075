"""How many of the offered calls were answered, how fast, and how many met each decision: an operator's counters."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.domain.call import CallRecord, Disposition, Outcome

GIVEN_UP_SECONDS = 2.0
"""A caller who hangs up so soon could not be answered: the call isn't counted (RP-65)."""
LEAST_ANSWERED = 0.95
"""Of the offered calls; fewer, and a release isn't fit for callers (RP-40)."""


@dataclass(frozen=True)
class PickupFigures:
    offered: int
    """Calls that are over, without those that their caller gave up at once."""
    answered: int
    """By an agent: an announcement is no answer."""
    given_up: int
    """Not among the offered."""
    reasons: Mapping[str, int]
    """How many calls met each decision, by its reason (PT-14); `none`: an end without a decision."""
    answer_seconds: tuple[float, ...]
    """From the offer of a call to its answer, the fastest first (RP-64)."""

    @property
    def share(self) -> float | None:
        """Answered of the offered, 0 to 1; None where there were none."""
        return self.answered / self.offered if self.offered else None

    @property
    def enough(self) -> bool:
        return self.share is None or self.share >= LEAST_ANSWERED

    def percentile(self, share: float) -> float | None:
        """Seconds within which this share of the answered calls was answered."""
        times = self.answer_seconds
        return times[max(0, math.ceil(share * len(times)) - 1)] if times else None


def pickup_figures(records: Iterable[CallRecord]) -> PickupFigures:
    """Of inbound calls that are over; test calls of our own don't count."""
    over = [each for each in records if each.ended_at and each.direction == "inbound" and not each.synthetic]
    given_up = [each for each in over if _given_up(each)]
    offered = [each for each in over if not _given_up(each)]
    answered = [each for each in offered if _by_an_agent(each)]
    times = (max(0.0, (each.answered_at - each.ringing_at).total_seconds()) for each in answered if each.answered_at)
    reasons = Counter(str(each.decision.get("reason") or "none") for each in over)
    return PickupFigures(
        len(offered), len(answered), len(given_up), dict(sorted(reasons.items())), tuple(sorted(times))
    )


def _by_an_agent(record: CallRecord) -> bool:
    return record.disposition == Disposition.ANSWERED and record.outcome != Outcome.ANNOUNCED


def _given_up(record: CallRecord) -> bool:
    assert record.ended_at is not None
    waited = (record.ended_at - record.ringing_at).total_seconds()
    return record.answered_at is None and record.ended_by == "caller" and waited <= GIVEN_UP_SECONDS
