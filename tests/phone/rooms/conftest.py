"""A LiveKit server, and workers that take the calls of its rooms."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from room_calls import WorkerProcess, as_told, worker_process
from rooms_world import serving_livekit
from speech_settings import settings, speed

from lab.providers.control import LabControl
from lab.stack.livekit import LiveKitServer
from shared.adapters.livekit import open_livekit
from shared.config import Settings
from shared.ports import Switchboard

__all__ = ["settings", "speed"]


@pytest.fixture(scope="session")
def livekit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    """A running server. Don't stop it: make your own for that."""
    with serving_livekit(tmp_path_factory.mktemp("rooms")) as server:
        yield server


@pytest.fixture
def settings_more() -> dict[str, Any]:
    """What a test's worker is set to beside the usual."""
    return {}


@pytest.fixture
def late_worker(
    settings: Settings, settings_more: dict[str, Any], livekit: LiveKitServer, lab: LabControl, tmp_path: Path
) -> Callable[..., AbstractAsyncContextManager[WorkerProcess]]:
    """Starts a worker on the test's stores; options as of `WorkerProcess`."""

    def start(server: LiveKitServer = livekit, **options: Any) -> AbstractAsyncContextManager[WorkerProcess]:
        return worker_process(tmp_path / "worker", as_told(settings, server) | settings_more, **options)

    return start


@pytest.fixture
async def worker(
    late_worker: Callable[..., AbstractAsyncContextManager[WorkerProcess]],
) -> AsyncIterator[WorkerProcess]:
    async with late_worker() as process:
        yield process


@pytest.fixture
async def switchboard(livekit: LiveKitServer) -> AsyncIterator[Switchboard]:
    async with open_livekit(livekit.url, livekit.api_key, livekit.api_secret) as opened:
        yield opened
