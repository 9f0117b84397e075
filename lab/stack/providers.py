"""Runs the emulated providers as a process."""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from lab.stack.starting import Starting, started

_READY_SECONDS = 25.0
_END_SECONDS = 5.0


def starting_providers(log: Path) -> Starting:
    """Its ready line has `url`. The process ends when its standard input is closed, so also with its starter."""
    program = [sys.executable, "-m", "lab.providers", "--port", "0"]
    return Starting("the emulated providers", program, log, ready_seconds=_READY_SECONDS)


@asynccontextmanager
async def running_providers() -> AsyncIterator[str]:
    """Their address, `http://127.0.0.1:PORT`, while they run. Raises `StackError` when they can't start."""
    with tempfile.TemporaryDirectory() as folder:
        async with started(starting_providers(Path(folder) / "providers.log"), _END_SECONDS) as ready:
            yield ready["url"]
