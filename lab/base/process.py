"""What the lab's server processes have in common: where their logs go, and how a signal ends them."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from shared.tasks import first


def init_logs() -> None:
    """All logs go to standard error: standard output holds the ready line alone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))


class Stopping:
    """Ends a process by signal: politely by SIGTERM, at once by SIGINT. Needs the running loop."""

    def __init__(self) -> None:
        self._signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signals.put_nowait, number)

    async def wait(self, drain: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Returns when all may end now: after a SIGINT, or after a SIGTERM and the `drain` that follows it."""
        if await self._signals.get() is signal.SIGTERM:
            await first(drained=drain(), interrupted=self._interrupted())

    async def _interrupted(self) -> None:
        """A second SIGTERM is the same as one."""
        while await self._signals.get() is not signal.SIGINT:
            pass
