"""The connection between a caller's process and an agent's: small framed messages over a loopback socket."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable
from enum import IntEnum
from typing import Any

_HEAD = struct.Struct("!BI")

CALLER_RATE = 16_000
"""Hz of the caller's sound, s16le mono, a frame of 20 ms in each message."""
AGENT_RATE = 24_000
"""Hz of the agent's sound, s16le mono, in pieces of any length, sent as soon as they exist."""


class Kind(IntEnum):
    RING = 1
    """Caller → agent: the call's id and numbers, JSON."""
    ANSWERED = 2
    SOUND = 3
    CLEAR = 4
    """Agent → caller: drop the sound that hasn't played yet."""
    ENDED = 5
    """The side that hangs up → the other: `{"by", "reason"}`."""


Receive = Callable[[Kind, bytes, float], None]
"""(kind, content, when it arrived by time.monotonic())."""


class Link(asyncio.Protocol):
    """One connection, one call. Sends messages at once, and stamps each arriving one before anything else."""

    def __init__(self, connected: "Callable[[Link], None] | None" = None) -> None:
        self.receive: Receive = lambda kind, content, at: None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connected = connected
        self._transport: asyncio.Transport | None = None
        self._held = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = transport
        if self._connected:
            self._connected(self)

    def data_received(self, data: bytes) -> None:
        at = time.monotonic()
        self._held += data
        start = 0
        while len(self._held) - start >= _HEAD.size:
            kind, size = _HEAD.unpack_from(self._held, start)
            end = start + _HEAD.size + size
            if end > len(self._held):
                break
            self.receive(Kind(kind), bytes(self._held[start + _HEAD.size : end]), at)
            start = end
        del self._held[:start]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def send(self, kind: Kind, content: bytes = b"") -> None:
        """Sends a message; does nothing once the connection is gone."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_HEAD.pack(kind, len(content)) + content)

    def tell(self, kind: Kind, fields: dict[str, Any]) -> None:
        self.send(kind, json.dumps(fields).encode())

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
