"""Sends the server the webhooks of many calls: at a carrier's pace, and as fast as it acks them."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.caller import CallFailed
from bench.meter import cpu_seconds
from bench.webhooks.connections import Line
from bench.webhooks.story import Story, WebhookEvent

BETWEEN_SECONDS = 0.25
"""Between two events of one call, at a pace."""
LONGEST_SECONDS = 120.0


@dataclass
class Run:
    """The measurements of one load."""

    seconds: float = 0.0
    busy: float = 0.0
    """Share of the server's core in use, 0 … 1."""
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
    """The measured process."""

    host: str
    port: int
    pid: int

    async def at_pace(self, calls: Sequence[Story], per_second: float) -> Run:
        """Sends `per_second` events a second, of calls that overlap.

        An ack's time counts from when its event was due, so it includes a wait for the ack before.
        """
        free: list[Line] = []
        async with self._measured() as run:
            due, between_calls = time.perf_counter(), sum(map(len, calls)) / len(calls) / per_second

            async def send(story: Story, due: float) -> None:
                await asyncio.sleep(due - time.perf_counter())
                line = free.pop() if free else await self._line()
                for event in story:
                    await asyncio.sleep(due - time.perf_counter())
                    await _send(line, event, due, run)
                    due += BETWEEN_SECONDS
                free.append(line)

            async with asyncio.TaskGroup() as sending:
                for number, story in enumerate(calls):
                    sending.create_task(send(story, due + number * between_calls))
        _close(free)
        return run

    async def at_once(self, calls: Sequence[Story], connections: int) -> Run:
        """Each connection sends one call after another, each event as soon as the server acked the one before."""
        lines = [await self._line() for _ in range(connections)]
        waiting = iter(calls)
        async with self._measured() as run:

            async def send(line: Line) -> None:
                for story in waiting:
                    for event in story:
                        await _send(line, event, time.perf_counter(), run)

            async with asyncio.TaskGroup() as sending:
                for line in lines:
                    sending.create_task(send(line))
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
            raise CallFailed(f"the webhooks weren't acked within {LONGEST_SECONDS:.0f} s") from error
        run.seconds = time.perf_counter() - began
        run.busy = (cpu_seconds(self.pid) - used) / run.seconds


async def _send(line: Line, event: WebhookEvent, due: float, run: Run) -> None:
    status = await line.ask(event.request)
    if status != 200:
        raise CallFailed(f"{event.kind} was answered {status}")
    run.ack_ms[event.kind].append((time.perf_counter() - due) * 1000)


def _close(lines: Sequence[Line]) -> None:
    for line in lines:
        line.close()
