"""Runs calls of simulated callers, some at once: their services and engines, and the agent that answers each.

Nothing here imports livekit when it is loaded: a speed must be set before.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console

if TYPE_CHECKING:
    from agent.lines.line import Line
    from agent.record.journal import Listener
    from agent.speech.engines import Engines
    from lab.providers.control import LabControl
    from shared.services import Services

T = TypeVar("T")
R = TypeVar("R")
_FILE_WIDTH = 150


def console_of(json: bool) -> Console:
    """For what people read; where JSON is printed, on stderr."""
    console = Console(stderr=json)
    return console if console.is_terminal else Console(stderr=json, width=_FILE_WIDTH)


@asynccontextmanager
async def own_ground(name: str) -> AsyncIterator[tuple["Services", "Engines", "LabControl"]]:
    """A stack of the benchmark's own, without other calls; the agents' log is `name`.log."""
    from agent.speech.engines import connections, open_engines
    from lab.providers.control import LabControl
    from lab.stack.stack import joined_stack
    from local_deploy.local import local_settings
    from shared.config import data_dir, load_settings, needed
    from shared.observe import init_logs
    from shared.wiring import open_services

    folder = data_dir() / "bench"
    async with joined_stack(folder) as stack, LabControl(stack.providers_url) as lab:
        await lab.ready()
        settings = load_settings(**local_settings(stack, {}) | {"data_dir": folder, "sentry_dsn": None})
        (folder / "logs").mkdir(exist_ok=True)
        with (folder / "logs" / f"{name}.log").open("w") as log:
            init_logs(settings, file=log, as_json=True)
            speech = needed(settings.speech)
            async with open_services(settings) as services, connections(), open_engines(speech) as engines:
                yield services, engines, lab


async def at_once(
    console: Console, numbers: Sequence[T], parallel: int, call: Callable[[T], Awaitable[R]], text: Callable[[R], str]
) -> list[R]:
    """The calls' results, in the order of the numbers. A line of `text` says each when it has ended."""
    waiting, done = list(enumerate(numbers)), dict[int, R]()

    async def caller() -> None:
        while waiting:
            place, number = waiting.pop(0)
            done[place] = await call(number)
            console.print(f"[dim]{len(done):3} of {len(numbers)}  {text(done[place])}[/]", highlight=False)

    async with asyncio.TaskGroup() as callers:
        for _ in range(parallel):
            callers.create_task(caller())
    return [done[place] for place in sorted(done)]


async def answered(
    line: "Line",
    services: "Services",
    engines: "Engines",
    listener: "Listener",
    calling: Awaitable[R],
) -> R:
    """What the caller makes of a call that the agent answers, after its end. `listener` gets the call's events."""
    from agent.call import take_call

    answering = asyncio.create_task(take_call(line, services, engines, listener=listener))
    try:
        result = await calling
        await answering
        return result
    finally:
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)
