"""What runs by itself in a server of the lab's, until it ends or the server does."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from lab.waits import first

log = logging.getLogger(__name__)


class Running:
    """Tasks of one owner. What one of them raises is logged, as nobody else asks for it."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        """That haven't ended."""

    def own(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    async def wait(self, seconds: float) -> None:
        """Until all have ended, at most so long."""
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)

    async def end(self) -> None:
        """Cancels those that run."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("%s failed", task.get_name(), exc_info=error)


class Stopping:
    """How such a server's process is told to end: by SIGTERM politely, by SIGINT at once. Needs the running loop."""

    def __init__(self) -> None:
        self._asked: asyncio.Queue[signal.Signals] = asyncio.Queue()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._asked.put_nowait, number)

    async def told(self, drain: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Returns when all may end now: after a SIGINT, or after a SIGTERM and the `drain` that follows it."""
        if await self._asked.get() is signal.SIGTERM:
            await first(drained=drain(), interrupted=self._interrupted())

    async def _interrupted(self) -> None:
        """A second SIGTERM is the same as one."""
        while await self._asked.get() is not signal.SIGINT:
            pass
