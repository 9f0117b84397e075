"""A LiveKit server of our own: the real program on free loopback ports, over a Redis that is there."""

import asyncio
import json
import secrets
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import redis.asyncio
import redis.exceptions

from lab.stack import processes
from lab.stack.ports import free_port, media_ports
from shared.errors import StackError

VERSION = "1.13.5"
START_SECONDS = 10.0
STOP_STEPS = ((signal.SIGTERM, 7.0),)
"""With a room still open the server looks every 5 s whether it has ended; those who use this end their calls before."""
_MEDIA_PORTS = 400
_NODES = "nodes"
"""The servers on this Redis, by id, as they keep it."""
_REDIS_SECONDS = 2.0


def livekit_program(cache: Path) -> Path:
    """The livekit-server that `make phone-rig` built into `cache`. Raises StackError where there is none."""
    program = cache / f"livekit-server-{VERSION}" / "livekit-server"
    if not program.exists():
        raise StackError(f"livekit-server isn't here ({program}): `make phone-rig` builds it")
    return program


class LiveKitServer:
    """One server; started again after `kill` it is the same one, on the same ports, with the same key.

    No other server may be on its Redis. `webhooks` are the URLs that are told of every event, signed with `api_key`.
    It ends with the thread that started it (Linux).
    """

    def __init__(self, folder: Path, redis_url: str, *, program: Path, webhooks: Sequence[str] = ()) -> None:
        self._folder = folder.absolute()
        self._redis_url = redis_url
        self._program = program
        self._webhooks = list(webhooks)
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.api_key = "pickup"
        # Any account of the machine can reach the loopback.
        self.api_secret = secrets.token_hex(24)

    @property
    def url(self) -> str:
        """`ws://127.0.0.1:…`; raises StackError before the first start."""
        if not self._port:
            raise StackError("livekit-server has no address before it was started")
        return f"ws://127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Returns when it serves. Raises StackError with the end of its log."""
        if self.running:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = self._port or free_port()
        await self._forget_predecessor()
        settings, log = self._folder / "livekit.json", self._folder / "livekit.log"
        settings.touch(mode=0o600)
        settings.write_text(json.dumps(self._settings()))
        self._process = processes.spawn([self._program, "--config", settings], log, cwd=self._folder)
        deadline = time.monotonic() + START_SECONDS
        while self.running and time.monotonic() < deadline:
            if await self._serves():
                return
            await asyncio.sleep(0.02)
        await self.stop()
        raise StackError(f"livekit-server didn't start:\n{processes.tail(log)}\n(more in {log})")

    async def stop(self) -> None:
        """Ends the server, at most some 12 s; idempotent."""
        if self._process:
            await processes.stop(self._process, STOP_STEPS)

    def kill(self) -> None:
        """SIGKILL, as a crash would. `start` brings it back."""
        if self._process:
            self._process.kill()
            self._process.wait(timeout=5)

    async def _forget_predecessor(self) -> None:
        """A server that was killed would be taken for alive, and given rooms, for some seconds more."""
        async with redis.asyncio.from_url(self._redis_url, socket_timeout=_REDIS_SECONDS) as store:
            # a Redis that isn't there: the server's own log says so
            with suppress(redis.exceptions.RedisError):
                await store.delete(_NODES)

    def _settings(self) -> dict[str, object]:
        store = urlsplit(self._redis_url)
        media = media_ports(_MEDIA_PORTS)
        return {
            "port": self._port,
            "bind_addresses": ["127.0.0.1"],
            "redis": {"address": f"{store.hostname}:{store.port}", "password": store.password or ""},
            "keys": {self.api_key: self.api_secret},
            "webhook": {"api_key": self.api_key, "urls": self._webhooks},
            "logging": {"level": "info", "json": True},
            "rtc": {
                "tcp_port": free_port(),
                "port_range_start": media[0],
                "port_range_end": media[-1],
                "node_ip": "127.0.0.1",
                "use_external_ip": False,
                # without any of its own the server tells its clients to ask those of a search engine
                "stun_servers": [f"127.0.0.1:{media[0]}"],
                "enable_loopback_candidate": True,
                "interfaces": {"includes": ["lo"]},
            },
        }

    async def _serves(self) -> bool:
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                try:
                    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    return b" 200 " in await reader.readline()
                finally:
                    writer.close()
        return False
