"""A LiveKit server, and workers that take the calls of its rooms: stores and worker are a module's, not a test's."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from room_calls import WorkerProcess, as_told, worker_process
from rooms_world import serving_livekit
from speech_settings import speech_settings, speed

from lab.providers.control import LabControl
from lab.stack.livekit import LiveKitServer
from lab.stack.postgres import EmbeddedPostgres
from lab.stack.redis import EmbeddedRedis
from shared.adapters.livekit import open_livekit
from shared.config import Settings, redis_bin
from shared.ports import Switchboard

__all__ = ["speed"]


@pytest.fixture(scope="session")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    """A running server. Don't stop it: make your own for that."""
    with serving_livekit(tmp_path_factory.mktemp("rooms")) as server:
        yield server


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """The module's own server, which a test may stop and start."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("own-redis"), redis_bin=redis_bin())
    asyncio.run(server.start())
    try:
        yield server
    finally:
        asyncio.run(server.stop())


@pytest.fixture(scope="module")
def settings(
    postgres_server: EmbeddedPostgres,
    own_redis: EmbeddedRedis,
    providers_url: str,
    speed: float,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Settings]:
    """Of the module's tests and its workers, on a database and a Redis of the module's own."""
    name = f"rooms_{uuid.uuid4().hex[:12]}"
    url = asyncio.run(postgres_server.create_database(name, "pickup_template"))
    yield speech_settings(tmp_path_factory.mktemp("rooms"), url, own_redis.url, providers_url, speed)
    asyncio.run(postgres_server.drop_database(name))


@pytest.fixture(scope="module")
def settings_more() -> dict[str, Any]:
    """What the module's worker is set to beside the usual."""
    return {}


@pytest.fixture(scope="module")
def worker(
    settings: Settings, settings_more: dict[str, Any], livekit: LiveKitServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WorkerProcess]:
    """Registered, one for all tests of the module. Don't stop it: use `late_worker` for that, in another module."""
    worker = WorkerProcess(tmp_path_factory.mktemp("worker"), as_told(settings, livekit) | settings_more)
    try:
        asyncio.run(worker.registered())
        yield worker
    finally:
        asyncio.run(worker.stop())


@pytest.fixture
def late_worker(
    settings: Settings, livekit: LiveKitServer, lab: LabControl, tmp_path: Path
) -> Callable[..., AbstractAsyncContextManager[WorkerProcess]]:
    """Starts a worker of the test's own, without any sentence spoken before. `more`: what it is set to beside the
    usual; options as of `WorkerProcess`."""

    def start(more: Mapping[str, Any] | None = None, **options: Any) -> AbstractAsyncContextManager[WorkerProcess]:
        own = as_told(settings, livekit) | {"data_dir": tmp_path / "data"}
        return worker_process(tmp_path / "worker", own | dict(more or {}), **options)

    return start


@pytest.fixture
async def switchboard(livekit: LiveKitServer) -> AsyncIterator[Switchboard]:
    async with open_livekit(livekit.url, livekit.api_key, livekit.api_secret) as opened:
        yield opened
