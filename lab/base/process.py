"""A server process of the lab: configured by a line of JSON on standard input, ended by a signal."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any, Self, TypeVar

import structlog

from shared.errors import PickupError
from shared.process import on_signal
from shared.tasks import first

T = TypeVar("T")


def run(parse: Callable[[dict[str, Any]], T], serve: Callable[[T], Coroutine[Any, Any, None]], fields: str) -> int:
    """Parses the line of JSON and serves with the result. Returns the exit code: 2 for a line that can't be used.

    `fields` names what the line has to hold, for the message.
    """
    init_logs()
    try:
        options = parse(json.loads(sys.stdin.readline() or "{}"))
    except (ValueError, KeyError, TypeError) as error:
        print(f"pickup: stdin must be one line of JSON with {fields} ({error!r})", file=sys.stderr)
        return 2
    try:
        asyncio.run(serve(options))
    except PickupError as error:
        print(f"pickup: {error}", file=sys.stderr)
        return 1
    return 0


def init_logs() -> None:
    """All logs go to standard error: standard output holds the ready line alone."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))


class Stopping:
    """Ends a process by signal inside its context: politely by SIGTERM, at once by SIGINT."""

    def __init__(self) -> None:
        self._signals: asyncio.Queue[signal.Signals] = asyncio.Queue()
        self._handlers = ExitStack()

    def __enter__(self) -> Self:
        self._handlers.enter_context(on_signal(self._signals.put_nowait))
        return self

    def __exit__(self, *_: object) -> None:
        self._handlers.close()

    async def wait(self, drain: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Returns when all may end now: after a SIGINT, or after a SIGTERM and the `drain` that follows it."""
        if await self._signals.get() is signal.SIGTERM:
            await first(drained=drain(), interrupted=self._interrupted())

    async def _interrupted(self) -> None:
        """A second SIGTERM is the same as one."""
        while await self._signals.get() is not signal.SIGINT:
            pass
