"""One whole call without a telephone: the simulated caller and the agent, joined by a wire in this process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx

from agent.call import take_call
from agent.speech.engines import connections, open_engines
from lab.person.caller import SimulatedCaller
from lab.person.line import EmbeddedLine
from lab.person.report import CallerReport
from lab.person.scenario import Scenario
from lab.person.wire import Moment, Wire
from lab.providers.control import LabControl
from local_deploy.local import local
from shared.config import needed
from shared.domain.call import CallEvent, CallRecord
from shared.errors import StackError, StoreUnavailable

T = TypeVar("T")


@dataclass(frozen=True)
class SimulatedCall:
    record: CallRecord
    """What the store holds of the call."""
    report: CallerReport
    """What the caller's ear made of it."""


async def simulate_call(
    scenario: Scenario,
    *,
    live: bool = False,
    wav: Path | None = None,
    listeners: Sequence[Callable[[Moment], None]] = (),
    progress: Callable[[str], None] = lambda _: None,
    begin: Callable[[EmbeddedLine], Callable[[CallEvent], None]],
) -> SimulatedCall:
    """Starts what the call needs, and returns when it is over and recorded. Cancelled, it ends the call first.

    `begin` is called with the ringing line; what it returns gets each event of the call. `listeners` get the sound, 20
    ms at a time; `wav` is the file for the sound of both sides. Raises `StackError` when the emulated providers don't
    answer, `StoreUnavailable` when the call's record waits in the spool.
    """
    async with AsyncExitStack() as opened:
        here = await opened.enter_async_context(local(live=live, progress=progress))
        await opened.enter_async_context(connections())
        lab = await opened.enter_async_context(LabControl(here.stack.providers_url))
        progress("the caller finds their words …")
        await _reached(lab.ready())
        wire = await opened.enter_async_context(Wire(scenario.codec))
        line = EmbeddedLine(wire, did=scenario.did, caller=scenario.caller)
        caller = SimulatedCaller(scenario, wire, lab.say, hear=lab.hear, listeners=listeners)
        await _reached(caller.prepare())
        engines = await opened.enter_async_context(open_engines(needed(here.settings.speech)))
        answering = asyncio.create_task(take_call(line, here.services, engines, listener=begin(line)), name="agent")
        calling = asyncio.create_task(caller.run(), name="caller")
        try:
            report = await _reached(asyncio.shield(calling))
            await answering
        finally:
            # the agent first, or an interrupted call looks as if the caller had hung up
            for task in (answering, calling):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        if wav:
            caller.write_wav(wav)
        record = await here.services.records.find(line.call_id)
        if record is None:
            raise StoreUnavailable(f"the record of call {line.call_id} waits on disk; `pickup calls` delivers it")
        return SimulatedCall(record, report)


async def _reached(request: Awaitable[T]) -> T:
    try:
        return await request
    except httpx.HTTPError as error:
        raise StackError(
            f"the emulated providers don't answer ({type(error).__name__}): see `pickup doctor`"
        ) from error
