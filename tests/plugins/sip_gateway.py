"""A gateway of the tests' own, with the Redis and the LiveKit server that it stands before."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lab_process import running

from lab.stack import processes
from lab.stack.livekit import LiveKitServer, livekit_program
from lab.stack.redis import EmbeddedRedis
from lab.stack.starting import Starting
from shared.config import cache_dir, redis_bin
from shared.errors import StackError

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class OwnGateway:
    """A running gateway process."""

    process: subprocess.Popen[bytes]
    sip: str
    log: Path

    async def ended(self, within: float) -> bool:
        return await processes.ended(self.process, within)


@contextmanager
def livekit(folder: Path) -> Iterator[tuple[LiveKitServer, EmbeddedRedis]]:
    """A LiveKit server and its Redis. Skips where there is no phone rig."""
    try:
        program = livekit_program(cache_dir())
    except StackError:
        pytest.skip("needs the phone rig: make phone-rig")
    store = EmbeddedRedis(folder / "redis", redis_bin=redis_bin())
    asyncio.run(store.start())
    try:
        server = LiveKitServer(folder / "livekit", store.url, program=program)
        asyncio.run(server.start())
        try:
            yield server, store
        finally:
            server.kill()
    finally:
        asyncio.run(store.stop())


@contextmanager
def own_gateway(folder: Path, server: LiveKitServer, redis_url: str, *arguments: str) -> Iterator[OwnGateway]:
    """`python -m lab.gateway` with these arguments; it has ended afterwards."""
    log = folder / "gateway.log"
    line = {
        "livekit_url": server.url,
        "api_key": server.api_key,
        "api_secret": server.api_secret,
        "redis_url": redis_url,
    }
    program = [sys.executable, "-m", "lab.gateway", *arguments]
    with running(Starting("the gateway", program, log, line=line)) as (process, ready):
        yield OwnGateway(process, ready["sip"], log)
