"""The gateway's process: its SIP stack, its service on LiveKit's bus, its calls."""

import asyncio
import logging
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from lab.gateway import messages
from lab.gateway.bus import Bus
from lab.gateway.call import Patience
from lab.gateway.inbound import Inbound
from lab.gateway.outbound import Outbound
from lab.gateway.screening import Screening
from lab.gateway.server import Server
from lab.gateway.service import Service
from lab.sip.stack import Leg, SipStack
from shared.tasks import Tasks

log = logging.getLogger(__name__)

_GOODBYE_SECONDS = 5.0


@dataclass(frozen=True)
class Options:
    """Settings of one gateway."""

    server: Server
    redis_url: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 0
    """0: a free port."""
    patience: Patience = field(default_factory=Patience)


class Gateway:
    """Serves calls inside `async with`; leaving it ends the running calls."""

    def __init__(self, options: Options) -> None:
        bus = Bus(options.redis_url)
        self._screening = Screening(bus)
        stack = SipStack(options.host, options.port, on_call=self._ring, screen=self._screening)
        self._service = Service(bus, stack, options.server, options.patience)
        self._calls = Tasks()
        self._exits = AsyncExitStack()

    @property
    def address(self) -> str:
        """`host:port` of its SIP stack."""
        return self._service.stack.address

    @property
    def calls(self) -> int:
        """Number of calls that haven't ended."""
        return len(self._calls.running)

    async def __aenter__(self) -> Self:
        bus, stack = self._service.bus, self._service.stack
        async with AsyncExitStack() as exits:
            exits.push_async_callback(bus.close)
            await bus.start("IOInfo")
            await exits.enter_async_context(stack)
            exits.push_async_callback(self._end_calls)
            await bus.serve("SIPInternal", "CreateSIPParticipant", messages.DialRequest, self._dial)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    async def _end_calls(self) -> None:
        self._screening.draining = True
        self._service.closing.set()
        await self._calls.wait(_GOODBYE_SECONDS)
        await self._calls.aclose()

    async def drain(self, seconds: float) -> None:
        """Refuses new calls with 503, and waits up to `seconds` for running ones."""
        self._screening.draining = True
        await self._service.bus.withdraw("SIPInternal", "CreateSIPParticipant")
        if self.calls:
            log.info("waiting for %d calls", self.calls)
            await self._calls.wait(seconds)

    def _ring(self, leg: Leg) -> None:
        screened = self._screening.passed(leg.sip_call_id)
        if screened is None or self._screening.draining:
            self._calls.start(f"refuse {leg}", lambda: leg.refuse(503))
            return
        call = Inbound(leg, screened, self._service)
        self._calls.start(f"call {call.call_id}", call.run)

    async def _dial(self, request: Any) -> Any:
        """CreateSIPParticipant: the call goes on by itself, unless the requester waits for the answer and gives up."""
        call = Outbound(request, self._service)
        response = await call.join()
        self._calls.start(f"call {call.call_id}", call.run)
        if request.wait_until_answered:
            try:
                await asyncio.shield(call.answered)
            except asyncio.CancelledError:
                call.given_up.set()
                raise
        return response
