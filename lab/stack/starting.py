"""Starts a process of ours and waits for its ready line, `{"ready": {…}}`, on standard output (`shared.process`)."""

import asyncio
import json
import signal
import subprocess
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from lab.stack import processes
from shared.errors import StackError

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
LAST_SECONDS = 2.0
"""A process that we give up gets so long to end by itself."""
_LOOK_SECONDS = 0.02


class Starting:
    """A process that was started and isn't ready yet.

    Its errors are appended to `log`, its standard output goes to a file beside that. `line` is given to its standard
    input as one line of JSON, for secrets, which must not stand among arguments; the input stays open until `close`.
    """

    def __init__(
        self,
        name: str,
        program: Sequence[str | Path],
        log: Path,
        *,
        line: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        ready_seconds: float = READY_SECONDS,
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._name = name
        self._log = log
        self._output = log.with_suffix(".out")
        self._deadline = time.monotonic() + ready_seconds
        with self._output.open("wb") as output:
            self.process: subprocess.Popen[bytes] = processes.spawn(
                program, log, environment=environment, stdin=subprocess.PIPE, stdout=output, cwd=ROOT
            )
        if line is not None:
            self._write(json.dumps(line, default=str).encode() + b"\n")

    async def ready(self) -> dict[str, Any]:
        """The ready line's fields. Raises `StackError`, with the log's end, for a process that ended or is too slow.

        A process that is too slow is ended.
        """
        while (ready := self._poll()) is None:  # noqa: ASYNC110 (a process has no event)
            await asyncio.sleep(_LOOK_SECONDS)
        return ready

    def wait_ready(self) -> dict[str, Any]:
        """As `ready`, for those who have no loop: it blocks."""
        while (ready := self._poll()) is None:
            time.sleep(_LOOK_SECONDS)
        return ready

    def close(self) -> None:
        """Closes the process's standard input."""
        assert self.process.stdin
        with suppress(BrokenPipeError):
            self.process.stdin.close()

    def _poll(self) -> dict[str, Any] | None:
        # first whether it lives: it may write its line and end
        ended = self.process.poll() is not None
        if (output := self._output.read_bytes()).endswith(b"\n"):
            return self._parsed(output)
        if ended or time.monotonic() > self._deadline:
            self._give_up()
            reason = f"ended with exit code {self.process.returncode}" if ended else "isn't ready in time"
            raise StackError(f"{self._name} {reason}:\n{processes.tail(self._log)}\n(more in {self._log})")
        return None

    def _parsed(self, output: bytes) -> dict[str, Any]:
        try:
            return json.loads(output.splitlines()[0])["ready"]
        except (ValueError, KeyError, TypeError) as error:
            self._give_up()
            raise StackError(f"{self._name} printed another ready line than expected: {output[:200]!r}") from error

    def _give_up(self) -> None:
        self.close()
        self.process.terminate()
        try:
            self.process.wait(LAST_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(LAST_SECONDS)

    def _write(self, line: bytes) -> None:
        assert self.process.stdin
        # a process that ended at once: `ready` says why
        with suppress(BrokenPipeError):
            self.process.stdin.write(line)
            self.process.stdin.flush()


@asynccontextmanager
async def started(starting: Starting, end_seconds: float) -> AsyncGenerator[dict[str, Any]]:
    """Yields the fields of its ready line, for a process that ends when its standard input is closed.

    One that doesn't within `end_seconds` is signalled. Raises `StackError`.
    """
    try:
        yield await starting.ready()
    finally:
        starting.close()
        if not await processes.ended(starting.process, end_seconds):
            await processes.stop(starting.process, [(signal.SIGTERM, LAST_SECONDS)])
