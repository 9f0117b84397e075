"""Work that runs beside the main flow: named, owned, reported when it fails, and ended with its owner."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from shared.observe import report

T = TypeVar("T")


@dataclass(frozen=True)
class Backoff:
    """The pauses before a task that failed starts again: each is twice the one before, up to the longest."""

    first_seconds: float = 0.2
    longest_seconds: float = 30.0
    good_run_seconds: float = 60.0
    """A run of this length makes the next failure count as the first."""

    def pause(self, failures: int) -> float:
        """Seconds to wait after this many failures in a row (≥ 1)."""
        # the exponent is bounded, as a float isn't
        return min(self.first_seconds * 2.0 ** min(failures - 1, 64), self.longest_seconds)


async def to_its_end(name: str, work: Coroutine[Any, Any, T]) -> T:
    """Run `work`, which has bounds of its own, to its end even when the caller is cancelled, who waits for it then."""
    task = asyncio.create_task(work, name=name)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


class Tasks:
    """The tasks of one owner, who closes this at its own end: then all are cancelled and awaited.

    An exception that leaves a task is reported at once, to the log and to Sentry, with the task's name as `action` and
    with `ids` (`call_id=…`); what is expected to fail is handled inside of the work. Not to be shared between loops.
    """

    def __init__(self, **ids: Any) -> None:
        self.running: set[asyncio.Task[Any]] = set()
        self._ids = ids
        self._closed = False

    def start(
        self, name: str, work: Callable[[], Coroutine[Any, Any, T]], *, restart: Backoff | None = None
    ) -> asyncio.Task[T]:
        """Run `work()` beside. With `restart` it is called again after each failure, until it returns or is cancelled.

        Without, the task ends with the failure, and its owner can see that by the task. After the close nothing begins:
        the task that is returned is cancelled.
        """
        task = asyncio.create_task(self._run(name, work, restart), name=name)
        self.running.add(task)
        task.add_done_callback(self._ended)
        if self._closed:
            task.cancel()
        return task

    async def wait(self, seconds: float) -> None:
        """Until all have ended, at most this long."""
        if self.running:
            await asyncio.wait(self.running, timeout=seconds)

    async def aclose(self) -> None:
        self._closed = True
        await cancelled(*self.running)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _run(self, name: str, work: Callable[[], Coroutine[Any, Any, T]], restart: Backoff | None) -> T:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        failures = 0
        while True:
            began = loop.time()
            try:
                return await work()
            except (Exception, asyncio.CancelledError) as error:
                cancelled_from_outside = task.cancelling() > 0
                if cancelled_from_outside and isinstance(error, asyncio.CancelledError):
                    raise
                # also a cancellation that nobody asked for: something inside of the work was cancelled
                report(error, action=name, **self._ids)
                if restart is None or cancelled_from_outside:
                    raise
                failures = 1 if loop.time() - began >= restart.good_run_seconds else failures + 1
            await asyncio.sleep(restart.pause(failures))

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.running.discard(task)
        if not task.cancelled():
            # it was reported: the loop needn't say again that nobody looked at it
            task.exception()


async def cancelled(*tasks: asyncio.Future[Any]) -> None:
    """Cancel these and wait until they have ended; what they raise, or had raised, is left to their owner."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def first(**waits: Coroutine[Any, Any, Any]) -> str:
    """The name of the wait that ended first; the others are cancelled. Of several at once the one named first.

    Raises what that one raised.
    """
    tasks = {name: asyncio.create_task(wait, name=f"wait {name}") for name, wait in waits.items()}
    try:
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
        name = next(name for name, task in tasks.items() if task.done())
        tasks[name].result()
        return name
    finally:
        await cancelled(*tasks.values())
