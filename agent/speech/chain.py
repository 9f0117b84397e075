"""A chain of providers of one kind: in which order their engines are tried, how long each is waited for, and when one
of them is left out."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

import structlog
from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError, llm, stt, tts

from shared.domain.circuit import CLOSED, Circuit

log = structlog.get_logger(__name__)

Kind = Literal["stt", "llm", "tts"]
E = TypeVar("E", bound=stt.STT | llm.LLM | tts.TTS)

HOLD_SECONDS = 15.0
"""A call stays away for so long from a provider that has failed it, though the circuit is still closed."""
_OUR_FAULT = (400, 413, 422)
"""HTTP statuses by which a provider refuses what we sent: the others would refuse it too (OP-92)."""


class Circuits(Protocol):
    """The circuits of all providers, by `kind:provider/model`. None of these waits."""

    def closed(self, name: str) -> bool: ...

    def failed(self, name: str) -> None: ...

    def served(self, name: str) -> None: ...


class OwnCircuits:
    """The circuits as this process alone knows them."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.known: dict[str, Circuit] = {}

    def closed(self, name: str) -> bool:
        return self.known.get(name, CLOSED).state(self._clock()) == "closed"

    def failed(self, name: str) -> None:
        self.known[name] = self.known.get(name, CLOSED).failed(self._clock())

    def served(self, name: str) -> None:
        self.known.pop(name, None)


@dataclass(frozen=True)
class Switch:
    """A failover: one provider failed, the next one takes the same request (OP-88)."""

    kind: Kind
    source: str
    """`provider/model`."""
    target: str | None
    """None: there was no further one."""
    error: str
    seconds: float
    """How long the provider that failed was waited for."""


@dataclass
class Trust:
    """Which providers one call leaves out, of all kinds. Its chains of one kind share what they learn."""

    circuits: Circuits = field(default_factory=OwnCircuits)
    on_switch: Callable[[Switch], None] = lambda switch: None
    _held: dict[str, float] = field(default_factory=dict[str, float], init=False)

    def usable(self, name: str) -> bool:
        return self.circuits.closed(name) and self._held.get(name, 0.0) <= time.monotonic()

    def hold(self, name: str) -> None:
        self._held[name] = time.monotonic() + HOLD_SECONDS


@dataclass(frozen=True)
class Link(Generic[E]):
    name: str
    """`provider/model`."""
    engine: E


class Chain(Generic[E]):
    """The links of one kind, the preferred one first."""

    def __init__(self, kind: Kind, links: Sequence[Link[E]], trust: Trust) -> None:
        self.kind: Kind = kind
        self.links = tuple(links)
        self._trust = trust
        self._running: dict[asyncio.Timeout, Link[E]] = {}
        self._listener: Callable[[Any], None] | None = None

    def order(self) -> list[Link[E]]:
        """All links; those that are left out now come last, so that a call is given up only when each was tried."""
        return sorted(self.links, key=lambda link: not self._trust.usable(self._key(link)))

    @property
    def next(self) -> Link[E]:
        """The link that takes the next request."""
        return self.order()[0]

    def better(self, link: Link[E]) -> bool:
        """Whether one that is preferred to `link` isn't left out now."""
        preferred = self.links[: self.links.index(link)]
        return any(self._trust.usable(self._key(each)) for each in preferred)

    @property
    def busy(self) -> bool:
        """Whether a request is running."""
        return bool(self._running)

    def distrust(self) -> bool:
        """The link in use answers nothing of use: end its requests as failed, so that the next link takes them.

        Returns whether there is a link that isn't left out.
        """
        blamed = {*self._running.values()} or {self.next}
        for link in blamed:
            self._trust.hold(self._key(link))
            if not self._running:
                self._trust.circuits.failed(self._key(link))
        loop = asyncio.get_running_loop()
        for limit in self._running:
            if not limit.expired():
                limit.reschedule(loop.time())
        return self._trust.usable(self._key(self.next))

    def on_metrics(self, listener: Callable[[Any], None]) -> None:
        """Calls `listener` with what each engine measures, until `aclose`."""
        self._listener = listener
        for link in self.links:
            link.engine.on("metrics_collected", listener)

    async def aclose(self) -> None:
        """Closes the engines, which are this chain's alone."""
        for link in self.links:
            if self._listener is not None:
                link.engine.off("metrics_collected", self._listener)
            await link.engine.aclose()

    @asynccontextmanager
    async def trying(self, link: Link[E], seconds: float | None) -> AsyncIterator[Callable[[], None]]:
        """Bounds one request to `link`: it fails when nothing came for `seconds`. Call what this yields at each piece.

        Raises `APIError` for a failure of the provider; what was our own fault, or a cancellation, passes unchanged.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds) as limit:
                self._running[limit] = link
                try:
                    yield lambda: _prolong(limit, loop, seconds)
                finally:
                    del self._running[limit]
        except TimeoutError as error:
            raise APITimeoutError(f"{link.name} sent nothing of use") from error

    def served(self, link: Link[E]) -> None:
        self._trust.circuits.served(self._key(link))

    def failed(self, link: Link[E], target: Link[E] | None, error: APIError, began: float) -> None:
        """Leave `link` out, and report the switch. `began`: of the request, by time.monotonic()."""
        key = self._key(link)
        self._trust.circuits.failed(key)
        self._trust.hold(key)
        cause = error.__cause__ or error
        text = f"{type(error).__name__}: {error.message or cause}"
        switch = Switch(self.kind, link.name, target and target.name, text, round(time.monotonic() - began, 3))
        log.warning(
            "provider failed over" if target else "provider failed, and there is no further one",
            action="failover",
            kind=self.kind,
            from_provider=switch.source,
            to_provider=switch.target,
            error=text,
            seconds=switch.seconds,
        )
        self._trust.on_switch(switch)

    def all_failed(self) -> APIError:
        return APIConnectionError(f"every {self.kind} provider failed: {', '.join(e.name for e in self.links)}")

    def _key(self, link: Link[E]) -> str:
        return f"{self.kind}:{link.name}"


def our_fault(error: APIError) -> bool:
    """Whether we sent what no provider takes. That is no reason to ask another one (OP-92)."""
    return isinstance(error, APIStatusError) and error.status_code in _OUR_FAULT


def _prolong(limit: asyncio.Timeout, loop: asyncio.AbstractEventLoop, seconds: float | None) -> None:
    # one that expires can't be moved any more
    if seconds is not None and not limit.expired():
        limit.reschedule(loop.time() + seconds)
