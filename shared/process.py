"""A process of ours: its settings and logs, the line that says it is ready, and its end by a signal."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from shared.errors import ConfigError

if TYPE_CHECKING:
    from shared.config import Need, Settings

_T = TypeVar("_T")

NEEDS: "tuple[Need, ...]" = ("database", "redis", "livekit", "signing")
ENDING = (signal.SIGTERM, signal.SIGINT)
SETTINGS_UNUSABLE = 2
"""The exit code of a process whose settings are missing or wrong."""
INTERRUPTED = 130
"""The exit code of a command that Ctrl-C or SIGTERM ended."""


def run(
    kind: str,
    serve: "Callable[[Settings, asyncio.Event], Awaitable[int | None]]",
    needs: "tuple[Need, ...]" = NEEDS,
) -> int:
    """Runs `serve` with the settings, and returns its exit code, None being 0.

    SIGTERM and Ctrl-C, once or often, set the event, and `serve` is to return soon after. `kind` names the process in
    logs and Sentry. What is wrong with the settings is printed to standard error.
    """
    # loaded here: the lab's processes use this module and have no settings
    from shared.config import load_settings
    from shared.observe import reporting

    try:
        settings = load_settings(needs)
        with reporting(settings, kind):
            return asyncio.run(_until_signalled(settings, serve)) or 0
    except ConfigError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return SETTINGS_UNUSABLE


def announce(**ready: Any) -> None:
    """Prints the ready line, `{"ready": {…}}`, for the process that started this one."""
    print(json.dumps({"ready": ready}), flush=True)


def leave(code: int) -> NoReturn:
    """Ends the process when all of its work is done, without the interpreter's own shutdown: a library's thread that
    still calls into Python by then (LiveKit's client, a model being loaded) would abort the process.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@contextlib.contextmanager
def on_signal(act: Callable[[signal.Signals], None], *, afterwards: signal.Handlers | None = None) -> Generator[None]:
    """Calls `act` in the running loop at each SIGTERM and SIGINT, as long as the context lasts. Main thread only.

    Then the handlers from before count again, or `afterwards`.
    """
    loop = asyncio.get_running_loop()

    # not the loop's own handlers: those go with the loop, and a second signal would kill a process that is just ending
    def forward(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(act, signal.Signals(number))

    before = {number: signal.signal(number, forward) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if afterwards is None else afterwards)


async def interruptible(work: Coroutine[Any, Any, _T]) -> _T:
    """Awaits a command's work. SIGTERM or Ctrl-C cancels it, and the command exits when it has ended what it began; a
    second signal ends all at once. Raises `SystemExit`.
    """
    task = asyncio.ensure_future(work)
    signals = contextlib.ExitStack()

    def stop(_: signal.Signals) -> None:
        signals.close()
        task.cancel()

    with signals:
        signals.enter_context(on_signal(stop))
        try:
            return await task
        except asyncio.CancelledError:
            raise SystemExit(INTERRUPTED) from None


async def _until_signalled(
    settings: "Settings", serve: "Callable[[Settings, asyncio.Event], Awaitable[int | None]]"
) -> int | None:
    ending = asyncio.Event()
    # a signal that comes while the interpreter ends would make a failure of an orderly end
    with on_signal(lambda _: ending.set(), afterwards=signal.SIG_IGN):
        return await serve(settings, ending)
