"""Owned tasks: whoever made one ends it and waits for its end."""

import asyncio
from typing import Any


async def cancelled(*tasks: asyncio.Future[Any]) -> None:
    """Cancel these and wait until they have ended; what they raise, or had raised, is not told."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
