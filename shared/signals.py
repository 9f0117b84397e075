"""SIGTERM and Ctrl-C of a process, given to its event loop."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_signal(act: Callable[[signal.Signals], None]) -> Generator[None]:
    """Calls `act` in the running loop at each SIGTERM and SIGINT, as long as the context lasts.

    Only in the main thread. Not by the loop's own handlers: those go with the loop, and a second signal would kill a
    process that is just ending.
    """
    loop = asyncio.get_running_loop()

    def forward(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(act, signal.Signals(number))

    before = {number: signal.signal(number, forward) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore() -> None:
    """A signal that comes while the interpreter ends would make a failure of an orderly end."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
