"""The end of what a conversation has opened: each step is bounded, and its failure stops no other (RP-06, RP-20)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import structlog

from shared.observe import report

log = structlog.get_logger(__name__)

CLOSE_SECONDS = 12.0
"""For each step: longer than any of them takes that bounds itself."""


def closed_by(stack: AsyncExitStack, what: str, close: Callable[[], Awaitable[Any]]) -> None:
    """`close` is awaited when `stack` is left, for `CLOSE_SECONDS` at most. Its failure is reported, no more."""

    async def closing() -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await close()
        except TimeoutError:
            log.warning("clean-up timed out, the call ends without it", action="clean_up", what=what)
        except Exception as error:
            # the boundary of one step: the call's record depends on none of them
            report(error, action="clean_up", what=what)

    stack.push_async_callback(closing)
