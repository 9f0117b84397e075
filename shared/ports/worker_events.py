"""The durable events of a stage's workers and of their heals."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.worker_events import WorkerEvent, WorkerLives
from shared.ports.receipt import Receipt


class WorkerEvents(Protocol):
    async def note(self, event: WorkerEvent) -> Receipt | None:
        """Spooled while Postgres is away. None: a heartbeat was dropped, as very much waits already."""
        ...

    async def find(
        self, name: str, seconds: float, worker_id: str | None = None, limit: int = 1000
    ) -> Sequence[WorkerEvent]:
        """Those named so, or beginning so, of the last seconds by the store's clock: the newest, oldest first."""
        ...

    async def lives(self, seconds: float) -> WorkerLives:
        """The workers that wrote an event in the last seconds."""
        ...

    async def forget(self) -> int:
        """Deletes those that were kept long enough; how many."""
        ...
