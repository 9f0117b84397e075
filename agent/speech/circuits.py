"""The circuits that a stage's processes share: what one call meets helps the next, on whatever machine."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import uuid4

import structlog
from livekit.agents import APIError

from agent.speech.chain import OwnCircuits
from shared.domain.circuit import CLOSED
from shared.errors import StoreError
from shared.ports import CircuitStore, Known
from shared.tasks import Backoff, Tasks

log = structlog.get_logger(__name__)

EVERY_SECONDS = 2.0
"""So often a process reads the circuits while a call may run; its own news is written at once."""
PROBE_SECONDS = 5.0
"""The most that a probe waits for a provider."""

Probe = Callable[[str], Awaitable[None]]
"""Sends the provider of a circuit a request that costs next to nothing. Raises `APIError`."""


@dataclass(frozen=True)
class _News:
    name: str
    at: float
    good: bool


class FleetCircuits(OwnCircuits):
    """Calls read what this process knows, and never wait. Redis is written and read beside them; while it is away the
    process goes by itself."""

    def __init__(self, store: CircuitStore, probe: Probe, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self._store = store
        self._probe = probe
        self._now = clock
        self._news: list[_News] = []
        self._wake = asyncio.Event()
        self._holder = uuid4().hex
        self._probing: set[str] = set()
        self._away = False

    def failed(self, name: str) -> None:
        super().failed(name)
        self._tell(name, good=False)

    def served(self, name: str) -> None:
        # usually there is nothing to tell
        if name in self.known:
            super().served(name)
            self._tell(name, good=True)

    def _tell(self, name: str, *, good: bool) -> None:
        self._news.append(_News(name, self._now(), good))
        self._wake.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        async with Tasks() as probes:
            while True:
                await self._exchange()
                for name in [name for name, each in self.known.items() if each.state(self._now()) == "half_open"]:
                    if name not in self._probing and await self._mine(name):
                        self._probing.add(name)
                        probes.start("probe of a provider", lambda name=name: self._prove(name))
                with suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_SECONDS):
                        await self._wake.wait()
                self._wake.clear()

    async def _exchange(self) -> None:
        news, self._news = self._news, []
        try:
            stored = await self._store.change(lambda known: _after(known, news))
        except StoreError as error:
            if not self._away:
                log.warning("circuits not shared", action="circuits", error=str(error))
            self._away = True
            return
        self._away = False
        # what came meanwhile is written next
        self.known = dict(_after(stored, self._news))

    async def _mine(self, name: str) -> bool:
        try:
            return await self._store.claim_probe(name, self._holder, PROBE_SECONDS * 2)
        except StoreError:
            return True

    async def _prove(self, name: str) -> None:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._probe(name)
        except (APIError, TimeoutError) as error:
            log.warning("provider still fails", action="probe", provider=name, error=str(error) or "timeout")
            self.failed(name)
        else:
            log.info("provider is back", action="probe", provider=name)
            self.served(name)
        finally:
            self._probing.discard(name)


def _after(known: Known, news: list[_News]) -> Known:
    after = dict(known)
    for each in news:
        if each.good:
            after.pop(each.name, None)
        else:
            after[each.name] = after.get(each.name, CLOSED).failed(each.at)
    return after


@asynccontextmanager
async def shared_circuits(
    store: CircuitStore, probe: Probe, clock: Callable[[], float] = time.time
) -> AsyncIterator[FleetCircuits]:
    """`clock`: seconds since the epoch."""
    circuits = FleetCircuits(store, probe, clock)
    async with Tasks() as tasks:
        tasks.start("circuits", circuits.run, restart=Backoff(longest_seconds=10.0))
        yield circuits
