"""Waiting for one of several things."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def first(**waits: Coroutine[Any, Any, Any]) -> str:
    """The name of what came first; the others are cancelled. Of several at once the one named first.

    Raises what that one raised.
    """
    tasks = {name: asyncio.create_task(wait, name=f"wait {name}") for name, wait in waits.items()}
    try:
        await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
        name = next(name for name, task in tasks.items() if task.done())
        tasks[name].result()
        return name
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
