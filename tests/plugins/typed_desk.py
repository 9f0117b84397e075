"""A desk whose callers type: whole calls without recogniser, voice and sound."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from agent.call import take_call
from agent.speech.engines import Engines, connections, open_engines
from lab.person.text_line import TextLine
from shared.config import needed
from shared.services import Services

CHURCH = "+12065550100"
PATIENCE_SECONDS = 60.0
"""For evidence that comes at once where the cores are free; by clocks that may run at three times the speed."""


async def until(true: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
    """Raises TimeoutError where the evidence doesn't come."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


class Desk:
    """Answers calls that are typed: everything but recogniser, voice and sound is real."""

    def __init__(self, services: Services, engines: Engines) -> None:
        self._services = services
        self._engines = engines
        self._answering: dict[str, asyncio.Task[None]] = {}

    async def ring(
        self, caller: str, call_id: str | None = None, did: str = CHURCH, kind: type[TextLine] = TextLine
    ) -> tuple[TextLine, str]:
        line = kind(did=did, caller=caller, call_id=call_id)
        answering = asyncio.create_task(take_call(line, self._services, self._engines))
        self._answering[line.call_id] = answering
        return line, await line.listen()

    async def take(self, line: TextLine) -> None:
        """A call from its ringing to its record, of which nobody hears anything."""
        await take_call(line, self._services, self._engines)

    async def hand_over(self, line: TextLine, *, quietly: bool = False) -> tuple[TextLine, str]:
        """Its agent leaves the call, and another one goes on with it: the caller's line to that one, and its first
        words; none where it leaves quietly."""
        line.hand_over(quietly=quietly)
        await self._answering.pop(line.call_id)
        assert line.caller_raw is not None
        successor = TextLine(did=line.did_raw, caller=line.caller_raw, call_id=line.call_id)
        successor.ringing_at = line.ringing_at
        self._answering[line.call_id] = asyncio.create_task(take_call(successor, self._services, self._engines))
        if quietly:
            await until(lambda: successor.answered)
            return successor, ""
        return successor, await successor.listen()

    async def hang_up(self, line: TextLine) -> str | None:
        """The version that the call's record names."""
        await line.linger(0)
        await self._answering.pop(line.call_id)
        # a busy Postgres gets it from the spool, a little later
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (record := await self._services.records.find(line.call_id)) is None or record.ended_at is None:
                await asyncio.sleep(0.1)
        return record.template_version

    async def aclose(self) -> None:
        for task in self._answering.values():
            task.cancel()
        await asyncio.gather(*self._answering.values(), return_exceptions=True)


@asynccontextmanager
async def opened(services: Services, ear: Any) -> AsyncIterator[Desk]:
    async with connections(), open_engines(needed(services.settings.speech), ear, services.circuits) as engines:
        desk = Desk(services, engines)
        try:
            yield desk
        finally:
            await desk.aclose()
