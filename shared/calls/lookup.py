"""Questions to the directory during an admission: each is tried twice, all of them share one deadline (PT-13)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import DirectoryError, StoreError

T = TypeVar("T")
PATIENCE_SECONDS = 3.0
"""From a call's ringing to the last answer about its number."""
_ATTEMPTS = 2
_PAUSE = 1 / 30
"""Of the patience, between two attempts."""


class Lookup:
    """Raises `DirectoryError` for whatever keeps a question from being answered; other errors pass through as bugs."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._deadline = asyncio.get_running_loop().time() + patience_seconds
        self._pause = patience_seconds * _PAUSE

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T:
        loop = asyncio.get_running_loop()
        failure = DirectoryError("the directory did not answer in time", "timeout")
        for left in range(_ATTEMPTS, 0, -1):
            remaining = self._deadline - loop.time()
            if remaining <= 0:
                break
            try:
                async with asyncio.timeout(remaining / left):
                    return await question()
            except DirectoryError as error:
                failure = error
            except StoreError as error:
                failure = DirectoryError(str(error), error.cause_code or error.code)
                failure.__cause__ = error
            except TimeoutError:
                failure = DirectoryError("the directory did not answer in time", "timeout")
            if left > 1:
                await asyncio.sleep(min(self._pause, max(0.0, self._deadline - loop.time())))
        raise failure
