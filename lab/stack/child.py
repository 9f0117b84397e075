"""A long-lived child process: says when it is ready, is started again when it dies, ends by bounded steps."""

import asyncio
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from lab.stack import processes
from shared.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
PAUSES_SECONDS = (0.0, 0.2, 1.0, 2.0, 5.0)
"""Before a restart, by how many there were in a row; the last one goes on."""
STEADY_SECONDS = 20.0
"""A child that lived this long begins anew to count its restarts."""

State = Literal["starting", "ready", "down", "ended"]


class Child:
    """One process of ours: `program` writes one line of JSON, `{"ready": {…}}`, to standard output when it serves.

    Its log is `folder/name.log`. `told` is given to its standard input, for what must not stand among arguments.
    `run` is to be a task of the owner's, in a thread that lasts; `stop` ends both.
    """

    def __init__(
        self,
        name: str,
        program: Sequence[str | Path],
        folder: Path,
        *,
        stop_steps: processes.Steps,
        environment: dict[str, str] | None = None,
        told: dict[str, Any] | None = None,
        ready_seconds: float = 60.0,
    ) -> None:
        self.name = name
        self.state: State = "starting"
        self.ready: dict[str, Any] = {}
        """What it said of itself when it was ready last."""
        self.restarts = 0
        self._program = list(program)
        self._stop_steps = stop_steps
        self._log, self._said = folder / f"{name}.log", folder / f"{name}.out"
        self._environment = environment
        self._told = told
        self._ready_seconds = ready_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    async def first_ready(self) -> None:
        """Until it is ready for the first time. Raises StackError with the end of its log when it can't start."""
        await asyncio.shield(self._first)

    async def run(self) -> None:
        """Keeps it running until cancelled or stopped; one that never became ready isn't tried again."""
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
            if self.state == "ended":
                return
            self.state = "down"
            self.restarts += 1
            in_a_row = 0 if time.monotonic() - began > STEADY_SECONDS else in_a_row + 1
            await asyncio.sleep(PAUSES_SECONDS[min(in_a_row, len(PAUSES_SECONDS) - 1)])

    async def stop(self, *steps: tuple[processes.signal.Signals, float]) -> None:
        """Ends it, by `steps` or its own; it isn't started again. Idempotent."""
        self.state = "ended"
        if self._process:
            await processes.stop(self._process, steps or self._stop_steps)
            if self._process.stdin:
                self._process.stdin.close()

    async def _start(self) -> None:
        self.state = "starting"
        with self._said.open("wb") as output:
            self._process = processes.spawn(
                self._program,
                self._log,
                environment=self._environment,
                stdin=subprocess.PIPE if self._told is not None else subprocess.DEVNULL,
                stdout=output,
                cwd=ROOT,
            )
        if self._told is not None and self._process.stdin:
            self._process.stdin.write(json.dumps(self._told).encode() + b"\n")
            self._process.stdin.flush()
        deadline = time.monotonic() + self._ready_seconds
        while self.pid is not None and time.monotonic() < deadline:
            if (said := self._said.read_bytes()).endswith(b"\n"):
                self.ready, self.state = self._announced(said), "ready"
                return
            await asyncio.sleep(0.02)
        await processes.stop(self._process, self._stop_steps)
        raise StackError(f"{self.name} didn't start:\n{processes.tail(self._log)}\n(more in {self._log})")

    def _announced(self, said: bytes) -> dict[str, Any]:
        try:
            return json.loads(said.splitlines()[0])["ready"]
        except (ValueError, KeyError, TypeError) as error:
            raise StackError(f"{self.name} said in an unknown way that it is ready: {said[:200]!r}") from error
