"""`python -m bench.webhooks.attackers HOST PORT COUNT`: clients that hold connections, until standard input is closed.

A quarter each sends nothing, a request's head a byte at a time, a body that way, or one request and then nothing. A
connection that the server closes is opened again. Prints `{"ready": {…}}` when all are open for the first time.
"""

import asyncio
import itertools
import resource
import sys
from contextlib import suppress

from shared.process import announce
from shared.tasks import Tasks

BYTE_EVERY_SECONDS = 1.0
AGAIN_SECONDS = 1.0
_AT_ONCE = 100
"""Connections that are being opened at a time, as the server's queue is finite."""
_START = b"POST /livekit HTTP/1.1\r\nHost: hooks.example\r\n"
_KINDS = (
    (b"", b""),
    (b"", _START + b"Authorization: " + b"x" * 4096),
    (_START + b"Content-Length: 4096\r\n\r\n", b"x" * 4096),
    (b"GET /health/live HTTP/1.1\r\nHost: hooks.example\r\n\r\n", b""),
)
"""What each sends at once, and then byte by byte."""


class Attack:
    def __init__(self, host: str, port: int, count: int) -> None:
        self._address = host, port
        self._count = count
        self._opened = 0
        self._all_open = asyncio.Event()
        self._opening = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as attackers:
            for _, (at_once, slowly) in zip(range(self._count), itertools.cycle(_KINDS), strict=False):
                attackers.create_task(self._attack(at_once, slowly))
            await self._all_open.wait()
            announce(connections=self._count)

    async def _attack(self, at_once: bytes, slowly: bytes) -> None:
        first = True
        while True:
            with suppress(OSError):
                async with self._opening:
                    reader, writer = await asyncio.open_connection(*self._address)
                if first:
                    first, self._opened = False, self._opened + 1
                    if self._opened == self._count:
                        self._all_open.set()
                try:
                    writer.write(at_once)
                    await _hold(reader, writer, slowly)
                finally:
                    writer.close()
            await asyncio.sleep(AGAIN_SECONDS)


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, slowly: bytes) -> None:
    """Returns when the server has closed the connection."""
    left = iter(slowly)
    while True:
        try:
            async with asyncio.timeout(BYTE_EVERY_SECONDS if slowly else None):
                if not await reader.read(65536):
                    return
        except TimeoutError:
            writer.write(bytes([next(left)]))


async def _input_closed() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def attack(host: str, port: int, count: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    async with Tasks() as tasks:
        tasks.start("attack", Attack(host, port, count).run)
        await _input_closed()


if __name__ == "__main__":
    asyncio.run(attack(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
