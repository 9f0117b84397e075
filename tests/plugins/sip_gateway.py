"""A gateway of the tests' own, with the Redis and the LiveKit server that it stands before."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.stack import processes
from lab.stack.livekit import LiveKitServer, livekit_program
from lab.stack.redis import EmbeddedRedis
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
    process = processes.spawn(
        [sys.executable, "-m", "lab.gateway", *arguments],
        log,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin and process.stdout
    try:
        told = {"livekit_url": server.url, "api_key": server.api_key, "api_secret": server.api_secret}
        process.stdin.write(json.dumps({**told, "redis_url": redis_url}).encode() + b"\n")
        process.stdin.close()
        line = process.stdout.readline()
        assert line, f"the gateway didn't start:\n{processes.tail(log, 40)}"
        yield OwnGateway(process, json.loads(line)["ready"]["sip"], log)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
