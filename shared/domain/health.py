"""The health of a stage's workers, as a pure function of facts and time.

Each worker is judged by itself: a fresh one hides no stale one. The stage has one verdict over all of them.
"""

from dataclasses import dataclass
from typing import Literal

WorkerState = Literal["starting", "ready", "draining", "stopped", "stale", "deaf"]

_USUAL_HEARTBEAT_SECONDS = 60.0


@dataclass(frozen=True)
class HealthLimits:
    """In seconds, for heartbeats each minute; `of` scales those that depend on heartbeats."""

    stale: float = 180.0
    """A worker whose last durable heartbeat is older is stale."""
    lease: float = 30.0
    """A worker whose last beat in Redis is older has no lease: callers aren't sent to it."""
    starting: float = 60.0
    """A worker that started more recently isn't stale."""
    deaf: float = 20.0
    """The longest that a worker may take to begin a job that it was offered and had a place for."""
    unregistered: float = 30.0
    """The longest that a started worker may be without LiveKit."""
    draining: float = 4 * 3600.0 + 600.0
    """A worker that drains for longer is judged as any other."""
    windows: float = 600.0
    """In this time SIP-only windows are counted."""
    proof: float = 600.0
    """A canary, or a call that an agent answered, proves a stage healthy for so long."""

    @classmethod
    def of(cls, heartbeat_seconds: float) -> "HealthLimits":
        scale = heartbeat_seconds / _USUAL_HEARTBEAT_SECONDS
        # workers beat in Redis every 3 s
        return cls(stale=3 * heartbeat_seconds, lease=max(30.0 * scale, 7.0), starting=60.0 * scale)


@dataclass(frozen=True)
class WorkerFacts:
    """A worker as its durable events and its beat in Redis describe it. Ages are in seconds by the store's clock."""

    worker_id: str
    release: str
    started_seconds: float | None = None
    """Since it could take its first job; None: not yet, or never."""
    heartbeat_seconds: float | None = None
    """Since its last durable heartbeat; None: there was none."""
    stopped: bool = False
    lease_seconds: float | None = None
    """Since its last beat in Redis; None: there is none, or Redis doesn't answer."""
    standby: bool = False
    """Its generation isn't the current one yet: it takes no calls."""
    ordered: bool = False
    """Ordered from the platform, and not there yet."""
    unregistered_seconds: float = 0.0
    """For how long LiveKit hasn't been able to send it calls."""
    draining_seconds: float | None = None
    """Since it takes no more calls; None: it takes them."""
    offered_seconds: float | None = None
    """Since the oldest job that it was offered, had a place for, and hasn't begun; None: there is none."""
    calls: int = 0
    held_calls: int = 0
    """Calls whose speaking lease a job of it renews: their agents are alive, whatever the worker is."""
    exists: bool | None = None
    """Whether its process is there, where somebody can see that."""


def state_of(worker: WorkerFacts, limits: HealthLimits) -> WorkerState:
    """The first that fits, in this order."""
    if worker.stopped:
        return "stopped"
    if worker.draining_seconds is not None and worker.draining_seconds <= limits.draining:
        return "draining"
    if (worker.started_seconds is None and worker.heartbeat_seconds is None) or _stands_by(worker, limits):
        return "starting"
    young = worker.started_seconds is not None and worker.started_seconds < limits.starting
    if not young and (worker.heartbeat_seconds is None or worker.heartbeat_seconds > limits.stale):
        return "stale"
    offered, unregistered = worker.offered_seconds, worker.unregistered_seconds
    if (offered is not None and offered > limits.deaf) or unregistered > limits.unregistered:
        return "deaf"
    return "ready"


def _stands_by(worker: WorkerFacts, limits: HealthLimits) -> bool:
    return worker.standby and leased(worker, limits)


def leased(worker: WorkerFacts, limits: HealthLimits) -> bool:
    return worker.lease_seconds is not None and worker.lease_seconds <= limits.lease


@dataclass(frozen=True)
class Windows:
    """Callers who were alone in their rooms for 10 s or more, in the last ten minutes. Synthetic and rejected calls
    don't count."""

    sip_only: int = 0
    calls: int = 0
    """All inbound calls that began in that time."""

    @property
    def repeated(self) -> bool:
        """Two of them, or one that was the only call."""
        return self.sip_only >= 2 or (self.sip_only >= 1 and self.calls <= 1)


@dataclass(frozen=True)
class StageFacts:
    workers: tuple[WorkerFacts, ...]
    windows: Windows = Windows()
    open_windows: int = 0
    """Callers who are alone in a room now, for 10 s or more."""
    proven_seconds: float | None = None
    """Since the last canary that joined, or the last call that an agent answered; None: within a day there was none."""
    canary_failed: bool = False
    """Whether the last canary found no agent."""


@dataclass(frozen=True)
class Verdict:
    healthy: bool
    reasons: tuple[str, ...]
    """What is wrong, or what proves it healthy."""


def verdict_of(stage: StageFacts, limits: HealthLimits) -> Verdict:
    """Fresh heartbeats alone are no health: an agent must have come to a call or a canary lately."""
    states = {worker.worker_id: state_of(worker, limits) for worker in stage.workers}
    wrong = [f"worker {name} is {state}" for name, state in sorted(states.items()) if state in ("stale", "deaf")]
    if not any(states[each.worker_id] == "ready" for each in stage.workers):
        wrong.insert(0, "no worker is ready")
    if stage.windows.repeated:
        wrong.append(f"{stage.windows.sip_only} callers met no agent in the last ten minutes")
    if stage.open_windows:
        wrong.append(f"{stage.open_windows} callers wait alone in their rooms")
    if stage.canary_failed:
        wrong.append("the last canary met no agent")
    if wrong:
        return Verdict(False, tuple(wrong))
    if stage.proven_seconds is None or stage.proven_seconds > limits.proof:
        return Verdict(False, ("not proven: no agent came to a call or a canary in the last ten minutes",))
    ready = sum(state == "ready" for state in states.values())
    workers = "1 worker is ready" if ready == 1 else f"{ready} workers are ready"
    return Verdict(True, (workers, f"an agent came to a call {stage.proven_seconds:.0f} s ago"))
