"""A LiveKit server: the real program on free loopback ports, on a Redis that already runs."""

import asyncio
import json
import secrets
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import redis.asyncio
import redis.exceptions

from lab.stack import processes
from lab.stack.ports import free_port, media_ports
from lab.stack.server import Server
from shared.errors import StackError

VERSION = "1.13.5"
_MEDIA_PORTS = 400
_NODES = "nodes"
"""The key under which LiveKit servers register on a Redis."""
_REDIS_SECONDS = 2.0


def livekit_program(cache: Path) -> Path:
    """The livekit-server that `make phone-rig` built into `cache`. Raises StackError where there is none."""
    program = cache / f"livekit-server-{VERSION}" / "livekit-server"
    if not program.exists():
        raise StackError(f"livekit-server isn't here ({program}): `make phone-rig` builds it")
    return program


class LiveKitServer(Server):
    """One LiveKit server, alone on its Redis; started again it has the same ports and the same key.

    It sends every event to the URLs of `webhooks`, signed with `api_key`.
    """

    name = "LiveKit"
    # with a room still open it looks only every 5 s whether that has ended: end the calls before
    stop_steps = ((signal.SIGTERM, 7.0),)

    def __init__(self, folder: Path, redis_url: str, *, program: Path, webhooks: Sequence[str] = ()) -> None:
        super().__init__()
        self._folder = folder.absolute()
        self._redis_url = redis_url
        self._program = program
        self._webhooks = list(webhooks)
        self.api_key = "pickup"
        # any account of the machine can reach the loopback
        self.api_secret = secrets.token_hex(24)

    @property
    def url(self) -> str:
        """`ws://127.0.0.1:…`; raises StackError before the first start."""
        if not self._port:
            raise StackError("livekit-server has no address before it was started")
        return f"ws://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Returns when it serves. Raises StackError with the end of its log."""
        if self.running:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = self._port or free_port()
        await self._forget_predecessor()
        log = self._folder / "livekit.log"
        self._process = self._spawn(log)
        if not await self._answers(self._deadline()):
            await self.stop()
            raise StackError(f"livekit-server didn't start:\n{processes.tail(log)}\n(more in {log})")

    def _spawn(self, log: Path) -> subprocess.Popen[bytes]:
        settings = self._folder / "livekit.json"
        settings.touch(mode=0o600)
        settings.write_text(json.dumps(self._settings()))
        return processes.spawn([self._program, "--config", settings], log, cwd=self._folder)

    async def _forget_predecessor(self) -> None:
        """Removes the registration of a killed server, which would be given rooms for some seconds more."""
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

    async def _probe(self) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
        finally:
            writer.close()
