"""What the processes here have in common: settings, logs, a line when they are ready, an end by signal."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

from shared.config import Need, Settings, load_settings
from shared.errors import ConfigError
from shared.observe import reporting

NEEDS: tuple[Need, ...] = ("database", "redis", "livekit")
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(kind: str, serve: Callable[[Settings, asyncio.Event], Awaitable[None]]) -> None:
    """Until `serve` returns, which it is to do soon after the event: SIGTERM or Ctrl-C, once or often, set it.

    `kind`: what its errors are told under.
    """
    try:
        settings = load_settings(NEEDS)
        with reporting(settings, kind):
            asyncio.run(_until_told(serve, settings))
    except ConfigError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        sys.exit(1)
    # while the interpreter ends it forgets other handlers, and a second signal would make a failure of it
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def announce(**ready: Any) -> None:
    """One line for whoever started this process."""
    print(json.dumps({"ready": ready}), flush=True)


async def _until_told(serve: Callable[[Settings, asyncio.Event], Awaitable[None]], settings: Settings) -> None:
    ending, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(ending.set)

    # not the loop's own handlers: they go with the loop, and a second signal would kill what is just ending
    for number in _SIGNALS:
        signal.signal(number, end)
    await serve(settings, ending)
