"""Calls told to the server: at a pace, as a carrier tells them, and as fast as it takes them."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.caller import CallFailed
from bench.meter import cpu_seconds
from bench.webhooks.connections import Line
from bench.webhooks.story import Story, Told

BETWEEN_SECONDS = 0.25
"""Between two events of one call, at a pace."""
LONGEST_SECONDS = 120.0


@dataclass
class Run:
    """What one load met."""

    seconds: float = 0.0
    busy: float = 0.0
    """Of the server's core, 0 … 1."""
    ack_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By kind of event."""

    @property
    def all_ms(self) -> list[float]:
        return [value for values in self.ack_ms.values() for value in values]

    @property
    def per_second(self) -> float:
        return len(self.all_ms) / self.seconds


@dataclass(frozen=True)
class Server:
    """The process that is measured."""

    host: str
    port: int
    pid: int

    async def at_pace(self, calls: Sequence[Story], per_second: float) -> Run:
        """So many events in all, of many calls that overlap.

        An ack's time counts from when its event was due, so that one which waited for the ack before it has waited too.
        """
        free: list[Line] = []
        async with self._measured() as run:
            due, between_calls = time.perf_counter(), sum(map(len, calls)) / len(calls) / per_second

            async def tell(story: Story, due: float) -> None:
                await asyncio.sleep(due - time.perf_counter())
                line = free.pop() if free else await self._line()
                for told in story:
                    await asyncio.sleep(due - time.perf_counter())
                    await _told(line, told, due, run)
                    due += BETWEEN_SECONDS
                free.append(line)

            async with asyncio.TaskGroup() as telling:
                for number, story in enumerate(calls):
                    telling.create_task(tell(story, due + number * between_calls))
        _close(free)
        return run

    async def at_once(self, calls: Sequence[Story], connections: int) -> Run:
        """Each connection tells one call after another, each event as soon as the one before was acked."""
        lines = [await self._line() for _ in range(connections)]
        waiting = iter(calls)
        async with self._measured() as run:

            async def tell(line: Line) -> None:
                for story in waiting:
                    for told in story:
                        await _told(line, told, time.perf_counter(), run)

            async with asyncio.TaskGroup() as telling:
                for line in lines:
                    telling.create_task(tell(line))
        _close(lines)
        return run

    async def _line(self) -> Line:
        return await Line.to(self.host, self.port)

    @asynccontextmanager
    async def _measured(self) -> AsyncGenerator[Run]:
        run, began, used = Run(), time.perf_counter(), cpu_seconds(self.pid)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                yield run
        except TimeoutError as error:
            raise CallFailed(f"the webhooks weren't taken within {LONGEST_SECONDS:.0f} s") from error
        run.seconds = time.perf_counter() - began
        run.busy = (cpu_seconds(self.pid) - used) / run.seconds


async def _told(line: Line, told: Told, due: float, run: Run) -> None:
    status = await line.ask(told.request)
    if status != 200:
        raise CallFailed(f"{told.kind} was answered {status}")
    run.ack_ms[told.kind].append((time.perf_counter() - due) * 1000)


def _close(lines: Sequence[Line]) -> None:
    for line in lines:
        line.close()
