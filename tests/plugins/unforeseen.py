"""An exception that nobody wrote a handler for, and the report of it: for the tests that kill a task."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from structlog.testing import capture_logs


class Unforeseen(Exception):
    """What nobody wrote a handler for."""


class Breaking:
    """`work`, which breaks the first time that it is called."""

    def __init__(self, work: Callable[..., Any]) -> None:
        self._work = work
        self.calls = 0

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        if self.calls == 1:
            raise Unforeseen
        return self._work(*args, **options)


@asynccontextmanager
async def reported(action: str) -> AsyncIterator[None]:
    """Inside of it one task breaks: the one of this name, once."""
    with capture_logs() as logs:
        yield
    reports = [entry for entry in logs if entry["event"] == "error" and entry["code"] == "Unforeseen"]
    assert [entry["action"] for entry in reports] == [action]
