"""What is kept of a worker's life: durable events, and how often the same error becomes one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

STARTED, HEARTBEAT = "voice.worker.started", "voice.worker.heartbeat"
ERROR, STOPPED = "voice.worker.error", "voice.worker.stopped"
HEAL_ATTEMPT, HEAL_SUCCESS = "voice.worker.heal.attempt", "voice.worker.heal.success"
HEAL_FAILED, HEAL_REQUESTED = "voice.worker.heal.failed", "voice.worker.heal.requested"
HEAL = "voice.worker.heal."
SIP_ONLY = "voice.call.sip_only"
"""A caller was alone in a room for ten seconds, and no agent came."""
HEARTBEAT_SECONDS = 60.0
ERROR_SECONDS = 60.0
"""The same error of a worker makes one event in this time."""
TEXT_LENGTH = 500
"""Of an error's message, as it is kept."""

StopReason = Literal["signal", "drained", "replaced", "fatal"]
"""A signal asked for it; an operator drained it; another took its place; it couldn't go on."""


@dataclass(frozen=True)
class WorkerEvent:
    """One event of a worker. Its fields hold no secret and no telephone number in full."""

    event_id: str
    """The same one delivered twice counts once."""
    name: str
    """`voice.worker.heartbeat`, say."""
    at: datetime
    """By the writer's clock."""
    worker_id: str
    call_id: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    release: str = ""
    """Of the writer; the store fills it in."""
    noted_at: datetime | None = None
    """When the store took it, by its own clock; None in one that is still to be written."""


@dataclass(frozen=True)
class WorkerLife:
    """What a worker's events say of it, by the store's clock."""

    worker_id: str
    release: str
    started_at: datetime | None
    heartbeat_at: datetime | None
    stopped_at: datetime | None
    fields: Mapping[str, Any] | None
    """Of its last heartbeat."""


@dataclass(frozen=True)
class WorkerLives:
    at: datetime
    """The store's time."""
    workers: tuple[WorkerLife, ...]


@dataclass(frozen=True)
class WorkerError:
    """An error as a worker reports it, with how often it came since it was last written."""

    kind: str
    """The error's code, or its class."""
    message: str
    action: str
    """Where it was caught; empty where nobody said."""
    call_id: str | None
    count: int = 1


class RepeatedErrors:
    """Lets an error through once in `ERROR_SECONDS`; those that come meanwhile are counted and come out after it."""

    def __init__(self) -> None:
        self._written_at: dict[tuple[str, str, str], float] = {}
        self._held: dict[tuple[str, str, str], WorkerError] = {}

    def add(self, error: WorkerError) -> None:
        key = (error.kind, error.message, error.action)
        count = self._held[key].count if key in self._held else 0
        self._held[key] = WorkerError(error.kind, error.message, error.action, error.call_id, count + 1)

    def due(self, now: float) -> list[WorkerError]:
        """Those to write at `now` (seconds of any steady clock), in the order in which they came."""
        self._written_at = {key: at for key, at in self._written_at.items() if now - at < ERROR_SECONDS}
        due = [key for key in self._held if key not in self._written_at]
        self._written_at |= dict.fromkeys(due, now)
        return [self._held.pop(key) for key in due]

    def rest(self) -> list[WorkerError]:
        """All that is held, for the end of the process."""
        held, self._held = list(self._held.values()), {}
        return held
