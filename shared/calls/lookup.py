"""Asking the directory, patiently but not for long."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.calls.limits import Limits
from shared.errors import DirectoryError, StoreError

T = TypeVar("T")
_ATTEMPTS = 2


class Lookup:
    """All the questions of one admission share one bound; each may be asked twice within it (PT-13).

    Whatever keeps a question from being answered is a `DirectoryError`; other errors are bugs and pass through.
    """

    def __init__(self, bounds: Limits) -> None:
        self._deadline = asyncio.get_running_loop().time() + bounds.lookup_seconds
        self._pause = bounds.retry_pause_seconds

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
