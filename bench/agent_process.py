"""`python -m bench.agent_process bare|tuned|pickup`: one agent alone in its process, a call on each connection.

The first line of standard input is JSON: overrides of the settings. The first line of standard output is `{"port"}`.
The process ends with its standard input.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from livekit.agents import vad
from livekit.agents.utils import http_context

from bench.link import Kind, Link
from bench.socket_line import SocketLine
from shared.process import announce
from shared.tasks import Tasks

Take = Callable[[SocketLine, dict[str, Any]], Awaitable[None]]
"""Takes one call; the dict is the content of its RING message."""


@asynccontextmanager
async def bare(_: dict[str, Any]) -> AsyncIterator[Take]:
    from bench.bare import Brief, take_call

    ear = _warm_ear()

    async def take(line: SocketLine, ring: dict[str, Any]) -> None:
        await take_call(line, Brief(**ring["brief"]), ear)

    yield take


@asynccontextmanager
async def pickup(overrides: dict[str, Any]) -> AsyncIterator[Take]:
    from agent.call import take_call
    from agent.speech.engines import open_engines
    from shared.config import load_settings, needed
    from shared.observe import init_logs, init_sentry
    from shared.wiring import open_services

    settings = load_settings(**overrides)
    init_logs(settings)
    init_sentry(settings)
    async with open_services(settings) as services, open_engines(needed(settings.speech)) as engines:

        async def take(line: SocketLine, _: dict[str, Any]) -> None:
            await take_call(line, services, engines)

        yield take


SIDES = {"bare": bare, "tuned": bare, "pickup": pickup}


def _warm_ear() -> vad.VAD:
    from livekit.agents import inference

    from bench.bare import VAD_SILENCE_SECONDS

    return inference.VAD(model="silero", min_silence_duration=VAD_SILENCE_SECONDS)


class Exchange:
    """Takes incoming calls, a task each; `aclose` cancels those that still run."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._calls = Tasks()

    def connected(self, link: Link) -> None:
        def receive(kind: Kind, content: bytes, _: float) -> None:
            if kind is Kind.RING:
                ring = json.loads(content)
                self._calls.start("call", lambda: self._call(link, ring))

        link.receive = receive

    async def _call(self, link: Link, ring: dict[str, Any]) -> None:
        try:
            await self._take(SocketLine(link, ring), ring)
        finally:
            link.close()

    async def aclose(self) -> None:
        await self._calls.aclose()


async def main(side: str) -> None:
    loop = asyncio.get_running_loop()
    settings = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(settings), sys.stdin)
    overrides = json.loads(await settings.readline())
    async with http_context.open(), SIDES[side](overrides) as take:
        exchange = Exchange(take)
        server = await loop.create_server(lambda: Link(exchange.connected), "127.0.0.1", 0)
        announce(port=server.sockets[0].getsockname()[1])
        await settings.read()
        server.close()
        await exchange.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
