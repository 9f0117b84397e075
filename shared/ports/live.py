"""What Redis holds of running calls and workers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from shared.domain.conversation import Conversation
from shared.domain.generations import StageGenerations


class Sessions(Protocol):
    """The conversations of running calls, in Redis.

    Each method is one round trip, bounded; a failure is `StoreUnavailable` and must never hold a call.
    """

    async def save(self, conversation: Conversation) -> bool:
        """False when it was refused: another agent has taken the call over, or a newer version is stored."""
        ...

    async def load(self, call_id: str) -> Conversation | None:
        """None when nothing was saved within the last `TTL_SECONDS`."""
        ...

    async def extend(self, call_id: str) -> bool:
        """Keep it the full time again, without another save; False when there is none."""
        ...

    async def delete(self, call_id: str) -> None: ...

    async def decide_once(self, call_id: str, decision: dict[str, Any]) -> dict[str, Any]:
        """The first decision of a call is everyone's: returns the stored one, this one if it was the first."""
        ...

    async def decided(self, call_id: str) -> dict[str, Any] | None: ...


class Leases(Protocol):
    """Which agent speaks for a call, in Redis. A failure is `StoreUnavailable` and must never hold a call."""

    async def take(self, call_id: str, holder: str, ttl_seconds: float) -> bool:
        """False when another holds it; True also when this holder has it already."""
        ...

    async def renew(self, call_id: str, holder: str, ttl_seconds: float) -> bool:
        """False when this holder has it no more: it ran out, or another's is there."""
        ...

    async def release(self, call_id: str, holder: str) -> None:
        """Does nothing where another holds it."""
        ...

    async def holder(self, call_id: str) -> str | None: ...

    async def break_(self, call_id: str, holder_prefix: str, left_seconds: float) -> bool:
        """Whether the lease of a dead holder was ended: its name begins so, and it has no more than this left."""
        ...


@dataclass(frozen=True)
class Vitals:
    """What a worker says of itself beside its calls; times by its own clock."""

    livekit_id: str = ""
    """Its name at LiveKit, with which its jobs' leases begin."""
    last_job_at: datetime | None = None
    """When it last took a job."""
    offered_at: datetime | None = None
    """Of the oldest job that it was offered, had a place for, and hasn't begun."""
    unregistered_at: datetime | None = None
    """Since when LiveKit can't send it calls."""
    draining_at: datetime | None = None
    load: float | None = None
    """Of the machine, by core, over a minute."""
    memory_mb: float | None = None
    """Resident, its job processes included."""
    pid: int | None = None


@dataclass(frozen=True)
class WorkerBeat:
    """What a worker says of itself every few seconds; who hasn't for 15 s is taken to be gone."""

    worker_id: str
    stage: str
    release: str
    calls: int
    """That it serves now."""
    capacity: int
    at: datetime
    registered: bool = True
    """Whether LiveKit can send it calls: connected, and confirmed by LiveKit."""
    draining: bool = False
    ordered: bool = False
    """Of a worker that hasn't come yet: written for it by the one who ordered it."""
    retires_at: datetime | None = None
    """When it stops taking calls by itself; None: it doesn't."""
    vitals: Vitals = Vitals()
    generation: int = 0
    """The number of its generation; 0: it belongs to none."""
    standby: bool = False
    """Whether it takes no calls yet, as its generation isn't the current one."""

    @property
    def serving(self) -> bool:
        """Whether it takes calls, as long as it has room."""
        return self.registered and not self.draining and not self.standby

    @property
    def ready(self) -> bool:
        """Whether it would take one more call."""
        return self.serving and self.calls < self.capacity

    def takes_calls_at(self, at: datetime) -> bool:
        """Whether it would still take calls then."""
        return not self.draining and (self.retires_at is None or at < self.retires_at)


class Workers(Protocol):
    """The workers of a stage, in Redis. A failure is `StoreUnavailable`."""

    async def beat(self, beat: WorkerBeat, ttl_seconds: float | None = None) -> None:
        """It counts for `ttl_seconds`, by default for the 15 s in which a living worker sends the next ones."""
        ...

    async def alive(self) -> Sequence[WorkerBeat]:
        """In the order of their ids."""
        ...

    async def gone(self, worker_id: str) -> None: ...

    async def pulse(self, worker_id: str, silent_seconds: float) -> Sequence[str]:
        """This worker lives, by LiveKit's name for it. Those that had a pulse within the last minute, and none for so
        long."""
        ...


class Generations(Protocol):
    """The generations of a stage's workers, in Redis. A failure is `StoreUnavailable`."""

    async def known(self) -> StageGenerations:
        """Without a current one where none was announced."""
        ...

    async def change(self, step: Callable[[StageGenerations], StageGenerations]) -> StageGenerations:
        """Replaces what is known by `step` of it, in one guarded step: where another process changed it meanwhile,
        `step` is applied to that. Returns what is known then."""
        ...
