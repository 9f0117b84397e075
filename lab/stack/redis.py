"""Embedded Redis (or Valkey): the real server on a loopback port, its data kept between runs."""

import asyncio
import secrets
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from lab.stack import processes
from lab.stack.binaries import redis_program
from lab.stack.server import Server
from shared.errors import StackError


class EmbeddedRedis(Server):
    """One Redis server over the data in `folder`; `port` None chooses a free one, kept when it is started again.

    With `appendonly` each write is logged to disk (forced once a second). `redis_bin` is the redis-server to run, where
    that isn't searched for.
    """

    name = "Redis"
    stop_steps = ((signal.SIGTERM, 5.0),)
    retried = ("in use",)

    def __init__(
        self, folder: Path, port: int | None = None, appendonly: bool = True, *, redis_bin: Path | None = None
    ) -> None:
        super().__init__(port)
        self._folder = folder.absolute()
        self._appendonly = appendonly
        self._redis_bin = redis_bin
        self._program: Path | None = None
        self._users = self._folder / "users.acl"
        """The default user, with the password, and the stages' own; those are admitted anew by each run."""
        # any account of the machine can reach the loopback
        self._password = secrets.token_hex(16)

    @property
    def url(self) -> str:
        """`redis://…`, database 0, with the password. Raises StackError before the first start."""
        if self._port is None:
            raise StackError("Redis has no address before it was started")
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    async def start(self) -> None:
        """Returns when commands are served. Raises StackError, which names what is missing or the log's end."""
        if self.running and await self._answers(self._deadline()):
            return
        restarted = self._program is not None
        self._program = redis_program(self._redis_bin)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._take_folder(self._folder)
        if not restarted:
            self._users.unlink(missing_ok=True)
            self._users.touch(mode=0o600)
            self._users.write_text(f"user default on >{self._password} ~* &* +@all\n")
        try:
            await self._end_stray()
            await self._serve(self._folder / "redis.log")
        except BaseException:
            await self.stop()
            raise

    async def _end_stray(self) -> None:
        """Ends a server that outlived its starter, on systems that don't do that themselves."""
        try:
            pid = int((self._folder / "redis.pid").read_text())
        except (OSError, ValueError):
            return
        if str(self._folder / "redis.conf") in processes.command_line(pid):
            await processes.stop_stray(pid, self.stop_steps)

    def _spawn(self, log: Path) -> subprocess.Popen[bytes]:
        assert self._program
        settings = self._folder / "redis.conf"
        settings.touch(mode=0o600)
        settings.write_text(self._settings())
        return processes.spawn([self._program, settings], log, cwd=self._folder)

    def _explained(self, report: str) -> str:
        return f"Redis in {self._folder} didn't start:\n{report}"

    def _settings(self) -> str:
        lines = [
            "bind 127.0.0.1",
            f"port {self._port}",
            f"aclfile {self._users.name}",
            "pidfile redis.pid",
            'save ""',
            f"appendonly {'yes' if self._appendonly else 'no'}",
            "set-proc-title no",
            # the gateway is notified of rooms that end
            "notify-keyspace-events Kg",
        ]
        return "\n".join(lines) + "\n"

    async def _probe(self) -> bool:
        # it answers otherwise while it reads its log back
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(f"AUTH {self._password}\r\nPING\r\n".encode())
            await reader.readline()
            return (await reader.readline()).startswith(b"+PONG")
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
