"""Lean HTTP/1.1 for the benchmark: a client that sends webhooks, and a carrier API that accepts every command."""

import asyncio
import re
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Self

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_DONE = b'{"data":{"result":"ok"}}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_DONE), _DONE)


class _Messages(asyncio.Protocol):
    """Splits a connection's bytes into whole messages by their content length."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._held, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._held) < whole:
                return
            message, self._held = self._held[:whole], self._held[whole:]
            self.came(message)

    def came(self, message: bytes) -> None:
        raise NotImplementedError


class Line(_Messages):
    """A client connection with one request at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def to(cls, host: str, port: int) -> Self:
        _, line = await asyncio.get_running_loop().create_connection(cls, host, port)
        return line

    async def ask(self, request: bytes) -> int:
        """Sends a request; returns the answer's status."""
        assert self.transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer

    def came(self, message: bytes) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(int(message[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


class _Commands(_Messages):
    def came(self, message: bytes) -> None:
        assert self.transport is not None
        self.transport.write(_ANSWER)


@asynccontextmanager
async def carrier_api() -> AsyncGenerator[str]:
    """Yields the URL of a carrier API that accepts every command at once."""
    server = await asyncio.get_running_loop().create_server(_Commands, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v2"
    finally:
        server.close()
