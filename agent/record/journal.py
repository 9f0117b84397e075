"""The journal of a call: its events, written durably by a background task and passed to a listener at once."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from shared.domain.call import CallEvent
from shared.errors import PickupError
from shared.observe import report
from shared.ports import Calls, Clock
from shared.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

Listener = Callable[[CallEvent], None]
_FLUSH_SECONDS = 5.0
_RESTART = Backoff(first_seconds=0.05, longest_seconds=2.0)


class Journal:
    """Append-only events of one call, by one of its agents. `note` never waits; one task writes them, in order."""

    def __init__(self, call_id: str, calls: Calls, clock: Clock, listener: Listener | None = None) -> None:
        self.call_id = call_id
        self.events: list[CallEvent] = []
        self._agent = uuid.uuid4().hex[:8]
        self._calls = calls
        self._clock = clock
        self._listener = listener
        self._waiting: asyncio.Queue[CallEvent | None] = asyncio.Queue()
        self._tasks = Tasks(call_id=call_id)
        self._writer = self._start()

    def note(self, kind: str, at: datetime | None = None, **fields: Any) -> CallEvent:
        """Appends an event. Its key is its place among those of this agent, so that a repeated delivery changes
        nothing, and an agent that takes the call over adds its own."""
        key = f"agent:{self._agent}:{len(self.events):04d}"
        event = CallEvent(self.call_id, key, kind, at or self._clock.now(), fields)
        self.events.append(event)
        if self._listener:
            try:
                self._listener(event)
            except Exception as error:
                # a listener only watches: the call goes on, and the event is written
                report(error, action="listener", call_id=self.call_id)
        self._waiting.put_nowait(event)
        return event

    async def aclose(self) -> None:
        """Writes the events that wait (bounded) and stops. Raises nothing but the cancellation of whoever closes it."""
        self._waiting.put_nowait(None)
        try:
            async with asyncio.timeout(_FLUSH_SECONDS):
                await asyncio.wait({self._writer})
                if self._writer.cancelled():
                    # the process is ending and has cancelled the writer: the waiting events are written all the same
                    await asyncio.wait({self._start()})
        except TimeoutError:
            log.warning("call events not written in time", action="journal_close", left=self._waiting.qsize())
        finally:
            await self._tasks.aclose()

    def _start(self) -> asyncio.Task[None]:
        return self._tasks.start("journal", self._write, restart=_RESTART)

    async def _write(self) -> None:
        """Raises what is no `PickupError`; the event is lost then, and the next run goes on with the one after it."""
        while (event := await self._waiting.get()) is not None:
            try:
                await self._calls.note(event)
            except PickupError as error:
                # the call doesn't depend on an event: report it and write the next one
                log.error("call event refused", action="journal_write", kind=event.kind, code=error.code)
