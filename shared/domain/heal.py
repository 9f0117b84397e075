"""The heal ladder for workers: what to do now about those that are unwell, and when to stop and wake a person.

Rungs 1 and 2 (another agent for one call) are the watchdog's for calls (`shared/domain/watch.py`); rung 5, the previous
release, needs releases side by side. Here are 3 (restart the worker), 4 (a fresh one beside it), 6 and 7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.domain.health import HealthLimits, StageFacts, WorkerFacts, leased, state_of

RESTART, FRESH, CARRIER, PAGE = 3, 4, 6, 7
BOUNDS = {RESTART: 120.0, FRESH: 180.0}
"""Seconds in which a rung must be proven, else it has failed."""
COOL_DOWN_SECONDS = 300.0
"""Between two restarts of one worker, or of what came in its place."""
FAILURES, FAILURES_SECONDS = 3, 1800.0
"""After so many failed heals in this time restarts stop."""

Outcome = Literal["success", "failed"]


@dataclass(frozen=True)
class PastHeal:
    """One try at repair, as its events tell."""

    heal_id: str
    worker_id: str
    rung: int
    attempted_seconds: float
    """Since its attempt."""
    outcome: Outcome | None = None
    """None: it has no end yet."""
    new_worker_id: str | None = None
    """Of a success: the worker that came."""
    request: str | None = None
    """The operator's request that it answers."""


@dataclass(frozen=True)
class HealRequest:
    """An operator's order to restart a worker, well or not."""

    request_id: str
    worker_id: str
    by: str


@dataclass(frozen=True)
class HealFacts:
    stage: StageFacts
    heals: Sequence[PastHeal] = ()
    """Of the last day, oldest first."""
    requests: Sequence[HealRequest] = ()
    """Those of the last ten minutes, oldest first."""
    settled_seconds: float = 0.0
    """How long the store has answered without a break: heartbeats that it missed come late."""
    redis: bool = True
    """Whether Redis answers."""


@dataclass(frozen=True)
class Close:
    """The last run of the watchdog ended within this heal: it is closed as failed."""

    heal: PastHeal


@dataclass(frozen=True)
class Bury:
    """This worker's process has ended without a word: its end is noted for it."""

    worker_id: str


@dataclass(frozen=True)
class Restart:
    """Rung 3: end the worker, which holds no call, and start another in its place."""

    worker_id: str
    reason: str
    request: str | None = None
    rung: int = RESTART


@dataclass(frozen=True)
class Replace:
    """Rung 4: start a fresh worker beside this one, which ends when the last of its calls has."""

    worker_id: str
    reason: str
    request: str | None = None
    rung: int = FRESH


@dataclass(frozen=True)
class Remove:
    """End a worker that was replaced and holds no call any more."""

    worker_id: str


@dataclass(frozen=True)
class Page:
    """Rungs 6 and 7: callers get the number's fallback, which the webhooks give where no worker is, and a person is
    paged."""

    reason: str


@dataclass(frozen=True)
class Rest:
    """Do nothing."""

    why: str


HealStep = Close | Bury | Restart | Replace | Remove | Page | Rest


def next_step(facts: HealFacts, limits: HealthLimits) -> HealStep:
    """The one thing to do now; to be asked while nobody else heals this stage."""
    for heal in facts.heals:
        if heal.outcome is None:
            return Close(heal)
    workers = facts.stage.workers
    for worker in workers:
        # one whose beats still come has a process, whatever the supervisor's table says by now
        if worker.exists is False and not worker.stopped and not worker.ordered and not leased(worker, limits):
            return Bury(worker.worker_id)
    answered = {heal.request for heal in facts.heals}
    for request in facts.requests:
        target = _named(workers, request.worker_id)
        if request.request_id not in answered and target is not None and not target.stopped:
            return _treated(target, f"asked for by {request.by}", facts, request.request_id)
    return _of_the_unwell(facts, limits)


def _of_the_unwell(facts: HealFacts, limits: HealthLimits) -> HealStep:
    unwell = _unwell(facts, limits)
    if not unwell:
        return Rest("all workers are well")
    for worker, _ in unwell:
        if worker.held_calls == 0 and _replaced(worker, facts):
            return Remove(worker.worker_id)
    failed = [each for each in facts.heals if each.outcome == "failed" and each.attempted_seconds <= FAILURES_SECONDS]
    if len(failed) >= FAILURES:
        return Page(f"{len(failed)} heals failed in 30 minutes: no more restarts; {unwell[0][1]}")
    for worker, reason in unwell:
        if _may_be_treated(worker, facts):
            return _treated(worker, reason, facts, None)
    return Rest("healed less than five minutes ago")


def _unwell(facts: HealFacts, limits: HealthLimits) -> list[tuple[WorkerFacts, str]]:
    """The workers to heal, each with the reason."""
    found: list[tuple[WorkerFacts, str]] = []
    for worker in facts.stage.workers:
        state = state_of(worker, limits)
        if state == "deaf":
            found.append((worker, "deaf: offered a job, or without LiveKit, and takes none"))
        elif state == "stale" and not leased(worker, limits) and facts.settled_seconds >= limits.lease:
            # one that still beats in Redis is alive: its way to the database is what is broken
            found.append((worker, "stale: no heartbeat"))
    if not found and facts.stage.windows.repeated:
        serving = [worker for worker in facts.stage.workers if state_of(worker, limits) == "ready"]
        # the one that has been there longest: it was there when the callers waited
        serving.sort(key=lambda worker: (-(worker.started_seconds or 0.0), worker.worker_id))
        found = [(worker, "callers met no agent again and again") for worker in serving[:1]]
    return found


def _treated(worker: WorkerFacts, reason: str, facts: HealFacts, request: str | None) -> Restart | Replace:
    """Never a restart for one whose calls go on: that would end them."""
    last = next((each for each in reversed(facts.heals) if each.worker_id == worker.worker_id), None)
    escalate = last is not None and last.outcome == "failed" and last.rung == RESTART
    if worker.held_calls or escalate:
        return Replace(worker.worker_id, reason, request)
    return Restart(worker.worker_id, reason, request)


def _may_be_treated(worker: WorkerFacts, facts: HealFacts) -> bool:
    """Whether its cool-down is over. A rung that failed leads to the next one at once."""
    mine = [each for each in facts.heals if worker.worker_id in (each.worker_id, each.new_worker_id)]
    if not mine:
        return True
    last = mine[-1]
    if last.outcome == "failed" and last.rung == RESTART:
        return True
    return last.attempted_seconds >= COOL_DOWN_SECONDS


def _replaced(worker: WorkerFacts, facts: HealFacts) -> bool:
    return any(
        each.worker_id == worker.worker_id and each.rung == FRESH and each.outcome == "success" for each in facts.heals
    )


def _named(workers: Sequence[WorkerFacts], worker_id: str) -> WorkerFacts | None:
    return next((worker for worker in workers if worker.worker_id == worker_id), None)
