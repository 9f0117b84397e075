"""A long-lived child process: reports when it is ready, is started again when it dies, ends by bounded steps."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from lab.stack import processes
from lab.stack.starting import READY_SECONDS, Starting
from shared.errors import StackError

PAUSES_SECONDS = (0.0, 0.2, 1.0, 2.0, 5.0)
"""Before a restart, by how many there were in a row; the last one goes on."""
STEADY_SECONDS = 20.0
"""After a run of this length the next restart counts as the first."""

State = Literal["starting", "ready", "down", "ended"]


class Child:
    """One process of ours, which prints the ready line when it serves. Its log is `folder/name.log`.

    `line` is given to its standard input, for secrets, which must not stand among arguments. `run` is to be a task of
    the owner's, in a thread that lasts; `stop` ends both.
    """

    def __init__(
        self,
        name: str,
        program: Sequence[str | Path],
        folder: Path,
        *,
        stop_steps: processes.Steps,
        environment: dict[str, str] | None = None,
        line: dict[str, Any] | None = None,
        ready_seconds: float = READY_SECONDS,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """`wanted`: whether it is started again when it has ended."""
        self.name = name
        self.state: State = "starting"
        self.ready: dict[str, Any] = {}
        """The fields of its latest ready line."""
        self.restarts = 0
        self._program = list(program)
        self._stop_steps = stop_steps
        self._log = folder / f"{name}.log"
        self._environment = environment
        self._line = line
        self._ready_seconds = ready_seconds
        self._wanted = wanted
        self._started: Starting | None = None
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int | None:
        process = self._started and self._started.process
        return process.pid if process and process.poll() is None else None

    async def first_ready(self) -> None:
        """Returns when it is ready for the first time. Raises `StackError` with its log's end when it can't start."""
        await asyncio.shield(self._first)

    async def run(self) -> None:
        """Keeps it running until cancelled or stopped. A process that never became ready isn't started again."""
        in_a_row = 0
        while self.state != "ended":
            began = time.monotonic()
            try:
                await self._start()
            except StackError as error:
                if not self._first.done():
                    self.state = "down"
                    self._first.set_exception(error)
                    return
            else:
                if not self._first.done():
                    self._first.set_result(None)
            while self.pid is not None:  # noqa: ASYNC110 (a process has no event)
                await asyncio.sleep(0.05)
            if self.state == "ended" or not self._wanted():
                self.state = "ended"
                return
            self.state = "down"
            self.restarts += 1
            in_a_row = 0 if time.monotonic() - began > STEADY_SECONDS else in_a_row + 1
            await asyncio.sleep(PAUSES_SECONDS[min(in_a_row, len(PAUSES_SECONDS) - 1)])

    async def stop(self, *steps: tuple[processes.signal.Signals, float]) -> None:
        """Ends it, by `steps` or its own; it isn't started again. Idempotent."""
        self.state = "ended"
        if self._started:
            await processes.stop(self._started.process, steps or self._stop_steps)
            self._started.close()

    async def restart(self, *steps: tuple[processes.signal.Signals, float]) -> None:
        """Ends the process, by `steps` or its own, and by force where it still runs; `run` starts it again."""
        if self._started and self.state != "ended":
            await processes.stop(self._started.process, steps or self._stop_steps)

    async def _start(self) -> None:
        self.state = "starting"
        if self._started:
            self._started.close()
        self._started = Starting(
            self.name,
            self._program,
            self._log,
            line=self._line,
            environment=self._environment,
            ready_seconds=self._ready_seconds,
        )
        self.ready = await self._started.ready()
        if self.state == "starting":
            self.state = "ready"
