"""Generations of a stage's workers: which one takes new calls, and when the next one takes its place.

A generation is all workers of one release in one stage. A new one starts beside the current one as the candidate. Its
workers stand by until a synthetic call has proved it; then it becomes the current one, and the workers of older
generations take no new calls.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.staffing import head_room

PROVE_WITHIN = timedelta(minutes=10)
"""From its start to its proof; then a candidate is given up."""

Duty = Literal["take", "stand_by", "leave"]
"""`take`: new calls are taken. `stand_by`: none but a synthetic call for this generation. `leave`: none any more."""
Step = Literal["nothing", "wait", "prove", "give_up"]


@dataclass(frozen=True)
class Generation:
    number: int
    """Milliseconds since 1970 of its deploy: a later deploy has a greater one. Never 0."""
    release: str


@dataclass(frozen=True)
class StageGenerations:
    """What a stage knows of its generations. Each change is idempotent, and harmless when it comes late."""

    current: Generation | None = None
    """None: no generation was announced. Then every worker takes calls."""
    candidate: Generation | None = None
    offered_at: datetime | None = None
    """When the candidate was announced."""
    given_up: int = 0
    """The number of the latest candidate that didn't prove itself."""

    @property
    def newest(self) -> int:
        return max(self.current.number if self.current else 0, self._candidate, self.given_up)

    def offered(self, new: Generation, at: datetime, *, proven: bool = False) -> "StageGenerations":
        """`new` is a candidate from now on; it is the current one where the stage has none, or it is `proven`.

        An earlier deploy that comes late changes nothing. A later candidate replaces an earlier one.
        """
        if new.number <= self.newest:
            return self
        if proven or self.current is None:
            return StageGenerations(current=new, given_up=self.given_up)
        return replace(self, candidate=new, offered_at=at)

    def proved(self, number: int) -> "StageGenerations":
        """The candidate of this number becomes the current generation; another number changes nothing."""
        if self.candidate is None or self.candidate.number != number:
            return self
        return StageGenerations(current=self.candidate, given_up=self.given_up)

    def gave_up(self, number: int) -> "StageGenerations":
        """There is no candidate any more if it was this one; its number is never taken again."""
        if self._candidate != number or not number:
            return self
        return StageGenerations(current=self.current, given_up=number)

    @property
    def _candidate(self) -> int:
        return self.candidate.number if self.candidate else 0


def duty_of(mine: int, known: StageGenerations, ready: Collection[int], serving: Collection[int]) -> Duty:
    """The duty of a worker of generation `mine` (0: of none, it always takes calls).

    `ready` are the generations of the other workers that would take one more call now, `serving` those of the others
    that take calls, full ones too. No worker leaves before another one takes the calls; where no other generation
    takes any, one that isn't proven does.
    """
    current = known.current.number if known.current else 0
    if not mine or current in (0, mine):
        return "take"
    if mine < current:
        return "leave" if current in ready else "take"
    if not any(other != mine for other in serving):
        return "take"
    return "stand_by" if mine >= known.newest and mine != known.given_up else "leave"


def next_step(known: StageGenerations, standing_by: int, wanted: int, now: datetime) -> Step:
    """What a stage does about its candidate, of which `standing_by` workers are registered and `wanted` are enough."""
    if known.candidate is None:
        return "nothing"
    if known.offered_at is not None and now - known.offered_at > PROVE_WITHIN:
        return "give_up"
    return "prove" if standing_by >= wanted else "wait"


def enough_workers(calls: int, current_workers: int, places_each: int) -> int:
    """How many workers a candidate must have: room for the stage's calls and head-room, but never more workers than
    the current generation has. One at least."""
    room = math.ceil((calls + head_room(calls)) / places_each)
    return max(1, min(room, current_workers))
