"""A process of the webhooks that is attacked, and how: raw bytes on its port, and many connections at once."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest
from redis import Redis
from sentry_world import Receiver, receiving
from telnyx_world import CarrierApi, carrier_environment
from webhooks_world import Process, Webhooks, environment_of

from shared.adapters.kv.kind import MARK
from shared.config import Settings, overrides_of
from webhooks.connection import WAIT_SECONDS

_BREAKS = re.compile("Traceback|Fatal error|Exception in ASGI|never retrieved")


@dataclass(frozen=True)
class Server:
    process: Process
    sentry: Receiver

    @property
    def address(self) -> tuple[str, int]:
        url = httpx.URL(self.process.ready["url"])
        return url.host, url.port or 0

    def refuse_breaks(self) -> None:
        """Fails for an error of the server's own, in its log or told to Sentry."""
        found = _BREAKS.search(self.process.log.read_text())
        assert found is None, self.process.log.read_text()[-3000:]
        assert self.sentry.events == []

    async def answer(self, sent: bytes, *, then: bytes = b"", wait: float = 3.0) -> bytes:
        """All that the server answers until it closes, or is silent for `wait` seconds after the last byte."""
        reader, writer = await asyncio.open_connection(*self.address)
        got = b""
        try:
            writer.write(sent)
            if then:
                await asyncio.sleep(0.1)
                writer.write(then)
            while True:
                try:
                    async with asyncio.timeout(wait if not got else 0.3):
                        data = await reader.read(65536)
                except (TimeoutError, ConnectionError):
                    return got
                if not data:
                    return got
                got += data
        finally:
            writer.close()

    async def is_closed_unread(self) -> float:
        """Seconds until the server closes a connection whose client asks on and on, and reads no answer."""
        _, writer = await asyncio.open_connection(*self.address, limit=1)
        began = time.monotonic()
        try:
            with contextlib.suppress(ConnectionError, TimeoutError):
                async with asyncio.timeout(4 * WAIT_SECONDS):
                    while True:
                        writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: here\r\n\r\n" * 50)
                        await writer.drain()
                        await asyncio.sleep(0.05)
        finally:
            writer.close()
        return time.monotonic() - began

    async def is_closed_after(self, sent: bytes, *, slowly: bytes = b"") -> float:
        """Seconds until the server closes a connection on which `sent` comes, then `slowly` a byte at a time."""
        reader, writer = await asyncio.open_connection(*self.address)
        began, left = time.monotonic(), iter(slowly)
        try:
            writer.write(sent)
            while True:
                try:
                    async with asyncio.timeout(0.3):
                        if not await reader.read(65536):
                            break
                except TimeoutError:
                    writer.write(bytes([next(left)]) if slowly else b"")
                except ConnectionError:
                    break
                assert time.monotonic() - began < 4 * WAIT_SECONDS, "it holds the connection"
        finally:
            writer.close()
        return time.monotonic() - began


@pytest.fixture(scope="module")
def attacked(shared: Settings, shared_api: CarrierApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One process for all tests of a file: it must outlive each of them."""
    with Redis.from_url(overrides_of(shared)["redis_url"]) as client:
        # an earlier test's preview has marked the database as its own kind's
        client.delete(MARK)
    with receiving() as sentry:
        environment = environment_of(shared, SENTRY_DSN=sentry.dsn, **carrier_environment(shared_api.url))
        process = Process("webhooks", tmp_path_factory.mktemp("attacked"), environment)
        try:
            yield Server(process, sentry)
        finally:
            process.stop()


@pytest.fixture
def server(attacked: Server, settings: Settings, api: CarrierApi) -> Iterator[Server]:
    yield attacked
    attacked.refuse_breaks()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Webhooks]:
    async with httpx.AsyncClient(base_url=server.process.ready["url"], timeout=20, trust_env=False) as client:
        yield Webhooks(server.process, client)
