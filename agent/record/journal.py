"""What happens in a call, as it happens: to whoever watches, and durably, beside the call's path."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog

from shared.domain.call import CallEvent
from shared.errors import PickupError
from shared.ports import Calls, Clock

log = structlog.get_logger(__name__)

Listener = Callable[[CallEvent], None]
_FLUSH_SECONDS = 5.0


class Journal:
    """Append-only events of one call. `note` never waits; one owned task writes them, in order."""

    def __init__(self, call_id: str, calls: Calls, clock: Clock, listener: Listener | None = None) -> None:
        self.call_id = call_id
        self.events: list[CallEvent] = []
        self._calls = calls
        self._clock = clock
        self._listener = listener
        self._waiting: asyncio.Queue[CallEvent | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write(), name=f"journal {call_id}")

    def note(self, kind: str, at: datetime | None = None, **fields: Any) -> CallEvent:
        """Something happened. Its key is its place in the call, so that a repeated delivery changes nothing."""
        key = f"agent:{len(self.events):04d}"
        event = CallEvent(self.call_id, key, kind, at or self._clock.now(), fields)
        self.events.append(event)
        if self._listener:
            self._listener(event)
        self._waiting.put_nowait(event)
        return event

    async def aclose(self) -> None:
        """Write what is waiting (bounded) and stop."""
        self._waiting.put_nowait(None)
        try:
            async with asyncio.timeout(_FLUSH_SECONDS):
                await asyncio.wait({self._writer})
                if self._writer.cancelled():
                    # the process ends, and its tasks with it; what waits is written all the same
                    self._writer = asyncio.create_task(self._write(), name=f"journal {self.call_id}")
                await self._writer
        except TimeoutError:
            log.warning("call events not written in time", action="journal_close", left=self._waiting.qsize())
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def _write(self) -> None:
        while (event := await self._waiting.get()) is not None:
            try:
                await self._calls.note(event)
            except PickupError as error:
                # an event is evidence, not the call: it is reported and the next one is written
                log.error("call event refused", action="journal_write", kind=event.kind, code=error.code)
