"""Embedded Redis (or Valkey): the real server on a loopback port, its data kept between runs."""

import asyncio
import secrets
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from lab.stack import processes
from lab.stack.binaries import redis_program
from lab.stack.ports import free_port
from shared.errors import StackError

START_SECONDS = 10.0
STOP_STEPS = ((signal.SIGTERM, 5.0),)


class EmbeddedRedis:
    """One Redis server over the data in `folder`; `port` None chooses a free one, kept when it is started again.

    With `appendonly` each write is logged to disk (forced once a second). `redis_bin` is a redis-server, if not the
    one found by itself. It ends with the thread that started it (Linux).
    """

    def __init__(
        self, folder: Path, port: int | None = None, appendonly: bool = True, *, redis_bin: Path | None = None
    ) -> None:
        self._folder = folder.absolute()
        self._port = port
        self._appendonly = appendonly
        self._redis_bin = redis_bin
        # Any account of the machine can reach the loopback.
        self._password = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: processes.FolderLock | None = None

    @property
    def url(self) -> str:
        """`redis://…`, database 0, with the password. Raises StackError before the first start."""
        if self._port is None:
            raise StackError("Redis has no address before it was started")
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process id while it was started."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Returns when commands are served. Raises StackError, which names what is missing or the log's end."""
        if self.running and await self._answers(time.monotonic() + START_SECONDS):
            return
        program = redis_program(self._redis_bin)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._lock or processes.FolderLock(self._folder / "lock")
        if not self._lock.take():
            raise StackError(f"{self._lock.holder()} runs the Redis in {self._folder}")
        try:
            await self._end_stray()
            await self._serve(program)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Ends the server, at most some 10 s; idempotent."""
        if self._process:
            await processes.stop(self._process, STOP_STEPS)
        if self._lock:
            self._lock.free()

    def kill(self) -> None:
        """SIGKILL, as a crash would. `start` brings it back."""
        if self._process:
            self._process.kill()
            self._process.wait(timeout=5)

    async def _end_stray(self) -> None:
        """Ends a server that outlived a starter of ours (where the system doesn't do that itself)."""
        try:
            pid = int((self._folder / "redis.pid").read_text())
        except (OSError, ValueError):
            return
        if str(self._folder / "redis.conf") in processes.command_line(pid):
            await processes.stop_stray(pid, STOP_STEPS)

    async def _serve(self, program: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        log, settings = self._folder / "redis.log", self._folder / "redis.conf"
        chosen = self._port
        while True:
            self._port = chosen or free_port()
            log.unlink(missing_ok=True)
            settings.touch(mode=0o600)
            settings.write_text(self._settings())
            self._process = processes.spawn([program, settings], log, cwd=self._folder)
            if await self._answers(deadline):
                return
            report = processes.tail(log)
            if time.monotonic() > deadline or "in use" not in report:
                raise StackError(f"Redis in {self._folder} didn't start:\n{report}")
            await asyncio.sleep(0.05)

    def _settings(self) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {self._port}",
            f"requirepass {self._password}",
            "pidfile redis.pid",
            'save ""',
            f"appendonly {'yes' if self._appendonly else 'no'}",
            "set-proc-title no",
            # the gateway hears of rooms that end
            "notify-keyspace-events Kg",
        ]
        return "\n".join(lines) + "\n"

    async def _answers(self, deadline: float) -> bool:
        assert self._process
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(2):
                    if await self._pings():
                        return True
            await asyncio.sleep(0.005)
        return False

    async def _pings(self) -> bool:
        """False while the server reads its log back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"AUTH {self._password}\r\nPING\r\n".encode())
            await reader.readline()
            return (await reader.readline()).startswith(b"+PONG")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
