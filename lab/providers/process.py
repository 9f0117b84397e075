"""Starts the providers as the process they are."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.errors import StackError

_START_SECONDS = 20.0
_STOP_SECONDS = 5.0


@asynccontextmanager
async def running_providers() -> AsyncIterator[str]:
    """Their address, `http://127.0.0.1:PORT`, while they run. They end with this context, and with this process.

    Raises `StackError` when they can't start.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lab.providers",
        "--port",
        "0",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        try:
            async with asyncio.timeout(_START_SECONDS):
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise StackError(f"the lab's providers didn't start within {_START_SECONDS:g} s") from error
        if not line:
            raise StackError(f"the lab's providers ended at once, with exit code {await process.wait()}")
        yield json.loads(line)["url"]
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
