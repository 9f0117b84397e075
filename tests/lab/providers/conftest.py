"""One providers process for all tests of a run; each test finds it without faults."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from livekit.agents.utils import http_context

from lab.providers.control import LabControl
from lab.providers.process import running_providers


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def providers_url() -> AsyncIterator[str]:
    async with running_providers() as url:
        async with LabControl(url) as lab:
            await lab.ready()
        yield url


@pytest.fixture
async def lab(providers_url: str) -> AsyncIterator[LabControl]:
    async with LabControl(providers_url) as lab:
        yield lab
        await lab.clear()
        await lab.forget_expected()
        await lab.model("scripted")


@pytest.fixture
async def plugins() -> AsyncIterator[None]:
    """What the livekit plugins need outside a worker."""
    async with http_context.open():
        yield
