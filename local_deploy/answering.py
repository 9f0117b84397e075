"""Answers SIP calls in this process, without a LiveKit server: what `pickup answer` runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from agent.call import take_call
from agent.speech.engines import Engines, connections, open_engines
from lab.providers.control import LabControl
from lab.sip.line import SipLine
from lab.sip.stack import Leg, SipStack, near
from lab.stack.ports import is_free
from local_deploy.local import local
from shared.config import needed
from shared.domain.call import CallEvent, CallRecord
from shared.errors import InputError, PickupError
from shared.observe import report
from shared.services import Services
from shared.tasks import Tasks, first

ALL_INTERFACES = "0.0.0.0"
USUAL_PORT = 5060
SILENT_SECONDS = 20
"""A phone that sends no sound for so long has gone."""
LAST_SECONDS = 10.0
"""For the calls that we end: to say goodbye and to be recorded."""
SHUTTING_DOWN = 503


class View(Protocol):
    """Shows the calls to the user."""

    def ringing(self, line: SipLine, leg: Leg, *, at_capacity: bool) -> Callable[[CallEvent], None]:
        """Returns what is to get the call's events."""
        ...

    def recorded(self, call_id: str, leg: Leg, record: CallRecord | None) -> None:
        """A call is over; `record` is None while it waits in the spool."""
        ...

    def failed(self, error: Exception) -> None: ...

    def draining(self, calls: int, seconds: float) -> None: ...


class Desk:
    """Takes the calls that come, up to `limit` at once, until it closes."""

    def __init__(self, services: Services, engines: Engines, limit: int, view: View) -> None:
        self.address = ""
        """`host:port` that others can dial."""
        self.numbers: tuple[str, ...] = ()
        self._services = services
        self._engines = engines
        self._limit = limit
        self._view = view
        self._closing = False
        self._talking: set[asyncio.Task[None]] = set()
        self._calls = Tasks()

    def ring(self, leg: Leg) -> None:
        full = len(self._talking) >= self._limit
        if self._closing:
            self._calls.start("refuse a call", lambda: self._refuse(leg))
            return
        call = self._calls.start("call", lambda: self._take(leg, full))
        if not full:
            self._talking.add(call)
            call.add_done_callback(self._talking.discard)

    async def close(self, drain_seconds: float, hurry: asyncio.Event) -> None:
        """No new calls. Running ones may go on for a while, until `hurry`; then they are ended and recorded."""
        self._closing = True
        if self._talking and drain_seconds:
            self._view.draining(len(self._talking), drain_seconds)
            ended = asyncio.wait(tuple(self._talking))
            await first(ended=ended, hurry=hurry.wait(), late=asyncio.sleep(drain_seconds))
        for call in self._calls.running:
            call.cancel()
        await self._calls.wait(LAST_SECONDS)

    async def _refuse(self, leg: Leg) -> None:
        with contextlib.suppress(PickupError):
            await leg.refuse(SHUTTING_DOWN)

    async def _take(self, leg: Leg, full: bool) -> None:
        try:
            async with SipLine(leg) as line:
                listener = self._view.ringing(line, leg, at_capacity=full)
                try:
                    await take_call(line, self._services, self._engines, listener=listener, at_capacity=full)
                finally:
                    self._view.recorded(line.call_id, leg, await self._services.records.find(line.call_id))
        except Exception as error:
            # the boundary of one call: it is reported, and the others go on
            report(error, action="answer")
            self._view.failed(error)


@contextlib.asynccontextmanager
async def answering(
    view: View,
    *,
    listen: str,
    port: int | None = None,
    calls: int,
    live: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Desk]:
    """Answers SIP calls inside the context; the caller of this closes the desk before leaving it.

    `port` None takes 5060, or a free one where that is taken; 0 a free one. Raises `InputError` for an address that
    can't be listened on.
    """
    async with contextlib.AsyncExitStack() as opened:
        here = await opened.enter_async_context(local(live=live, progress=progress))
        await opened.enter_async_context(connections())
        if not live:
            progress("the voices warm up …")
            await (await opened.enter_async_context(LabControl(here.stack.providers_url))).ready()
        engines = await opened.enter_async_context(open_engines(needed(here.settings.speech)))
        desk = Desk(here.services, engines, calls, view)
        # above the limit a caller is only told so: this bounds how many are told at once
        most = 2 * calls
        stack = SipStack(listen, _chosen(listen, port), on_call=desk.ring, max_calls=most, rtp_timeout=SILENT_SECONDS)
        await opened.enter_async_context(stack)
        desk.numbers = tuple(await here.services.directory.dids(here.settings.stage))
        desk.address = f"{_reachable(listen)}:{stack.port}"
        yield desk


def _chosen(host: str, port: int | None) -> int:
    if port is None:
        return USUAL_PORT if is_free(host, USUAL_PORT) else 0
    if port and not is_free(host, port):
        raise InputError(
            f"port {port} of {host} is taken (or {host} isn't an address of this machine); leave out --port"
        )
    return port


def _reachable(host: str) -> str:
    """An address of this machine that others can dial."""
    if host == ALL_INTERFACES:
        with contextlib.suppress(PickupError):
            return near("192.0.2.1:5060")
        return "127.0.0.1"
    return host
