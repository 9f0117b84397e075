"""A server program as a child process: what Postgres, Redis and LiveKit of the embedded stack have in common."""

import asyncio
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from lab.base import timescale
from lab.stack import processes
from lab.stack.ports import free_port
from shared.errors import StackError

PROBE_SECONDS = 5.0
"""The longest wait for one answer of a server that starts."""


class Server:
    """One server on a loopback port. Started again, after `kill` too, it is the same one, on the same port.

    It ends with the thread that started it (Linux).
    """

    name: ClassVar[str]
    start_seconds: ClassVar[float] = 10.0
    stop_steps: ClassVar[processes.Steps]
    retried: ClassVar[tuple[str, ...]] = ()
    """Words of a log after which it is worth to start the program once more."""

    def __init__(self, port: int | None = None) -> None:
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: processes.FolderLock | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process id, once it was started."""
        return self._process.pid if self._process else None

    async def stop(self) -> None:
        """Ends the server within some 20 s, and frees its folder. Idempotent."""
        if self._process:
            await processes.stop(self._process, self.stop_steps)
        if self._lock:
            self._lock.free()

    def kill(self) -> None:
        """SIGKILL, as a crash would: nothing is written down. `start` brings it back."""
        if self._process:
            self._process.kill()
            self._process.wait(timeout=5)

    def _take_folder(self, folder: Path) -> None:
        """Raises `StackError` while another process runs a server there."""
        self._lock = self._lock or processes.FolderLock(folder / "lock")
        if not self._lock.take():
            raise StackError(f"{self._lock.holder()} runs the {self.name} in {folder}")

    async def _serve(self, log: Path) -> None:
        """Starts the program until it serves, on another port where the first was taken. Raises `StackError`."""
        deadline, chosen = self._deadline(), self._port
        while True:
            self._port = chosen or free_port()
            await asyncio.to_thread(log.unlink, missing_ok=True)
            self._process = self._spawn(log)
            if await self._answers(deadline):
                return
            report = processes.tail(log)
            if time.monotonic() > deadline or not any(words in report for words in self.retried):
                raise StackError(self._explained(report))
            await asyncio.sleep(0.05)

    def _deadline(self) -> float:
        # real seconds, however fast this process's own clock runs
        return time.monotonic() + self.start_seconds * timescale.speed()

    async def _answers(self, deadline: float) -> bool:
        """Whether the server serves before it ends or time is up."""
        while self.running and time.monotonic() < deadline:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(PROBE_SECONDS):
                    if await self._probe():
                        return True
            await asyncio.sleep(0.01)
        return False

    def _spawn(self, log: Path) -> subprocess.Popen[bytes]:
        raise NotImplementedError

    async def _probe(self) -> bool:
        """Asks the server something. False, `OSError` or `TimeoutError` while it starts."""
        raise NotImplementedError

    def _explained(self, report: str) -> str:
        """The message for a server that didn't start, from its log's end."""
        raise NotImplementedError
