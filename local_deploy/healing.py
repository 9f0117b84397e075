"""The workers of a stage of `pickup up`, as the heal ladder ends and starts them."""

import signal

from lab.stack.child import Child
from local_deploy.fleet import Fleet
from local_deploy.stage import Stage
from shared.errors import StackError

END_STEPS = ((signal.SIGTERM, 8.0),)
"""A worker without calls ends within this; one that hangs is killed then."""


class LocalWorkers:
    """Each worker is a child of this process, which has its exit."""

    def __init__(self, fleet: Fleet, stage: Stage) -> None:
        self._fleet = fleet
        self._stage = stage

    async def exists(self, worker_id: str) -> bool:
        worker = self._find(worker_id)
        return worker is not None and worker.pid is not None

    async def restart(self, worker_id: str) -> None:
        worker = self._find(worker_id)
        if worker is None:
            raise StackError(f"no worker {worker_id} of {self._stage.name} runs here")
        await worker.restart(*END_STEPS)

    async def start(self) -> None:
        await self._fleet.add(self._stage.one_more_worker()).first_ready()

    async def remove(self, worker_id: str) -> None:
        worker = self._find(worker_id)
        if worker is not None:
            await worker.stop(*END_STEPS)

    def _find(self, worker_id: str) -> Child | None:
        return next((each for each in self._stage.workers if each.ready.get("worker_id") == worker_id), None)
