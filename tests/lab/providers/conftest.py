"""What the livekit plugins need in order to speak with the lab's providers."""

from collections.abc import AsyncIterator

import pytest
from livekit.agents.utils import http_context


@pytest.fixture
async def plugins() -> AsyncIterator[None]:
    """What the livekit plugins need outside a worker."""
    async with http_context.open():
        yield
