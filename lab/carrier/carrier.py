"""The carrier's process: its SIP stack, its HTTP API and its calls."""

import asyncio
import base64
import logging
import socket
from collections.abc import Generator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn

from lab.carrier.api import Api
from lab.carrier.call import Call
from lab.carrier.exchange import Exchange
from lab.carrier.leg import CallLeg
from lab.carrier.recording import Recordings
from lab.carrier.route import Route, e164, route_of
from lab.carrier.voice import Voice
from lab.carrier.webhooks import Webhooks
from lab.sip.stack import Leg, SipStack
from shared.errors import StackError
from shared.tasks import Tasks, first

_GOODBYE_SECONDS = 5.0
_FETCH_SECONDS = 10.0
_KEPT_CALLS = 2000


@dataclass(frozen=True)
class Options:
    """Settings of one carrier."""

    api_key: str = field(repr=False)
    signing_seed: bytes = field(repr=False)
    """32 bytes of Ed25519; signs the webhooks."""
    routes: Sequence[Route] = ()
    phones: Mapping[str, str] = field(default_factory=dict[str, str])
    speech_url: str = ""
    webhook_timeout: float = 2.0
    sip_host: str = "127.0.0.1"
    sip_port: int = 0
    http_host: str = "127.0.0.1"
    http_port: int = 0


def options_of(given: Mapping[str, Any], **addresses: Any) -> Options:
    """From the process's line of JSON. Raises ValueError, KeyError."""
    seed = base64.b64decode(given["signing_seed"], validate=True)
    if len(seed) != 32:
        raise ValueError("signing_seed must be the base64 of 32 bytes")
    return Options(
        api_key=given["api_key"],
        signing_seed=seed,
        routes=[route_of(route) for route in given.get("routes", [])],
        phones=given.get("phones", {}),
        speech_url=given.get("speech_url", ""),
        webhook_timeout=given.get("webhook_timeout_ms", 2000) / 1000,
        **addresses,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # the process has handlers of its own


class Carrier:
    """Serves calls inside `async with`; leaving it ends the running calls."""

    def __init__(self, options: Options) -> None:
        self._options = options
        # webhooks and WAVs are on this machine: no proxy
        self._client = httpx.AsyncClient(timeout=_FETCH_SECONDS, trust_env=False)
        self._exchange = Exchange(
            stack=SipStack(options.sip_host, options.sip_port, on_call=self._ring),
            webhooks=Webhooks(options.signing_seed, self._client, timeout=options.webhook_timeout),
            voice=Voice(options.speech_url, self._client),
            recordings=Recordings(),
            routes={route.did: route for route in options.routes},
            phones=dict(options.phones),
        )
        self.http = ""
        """`http://host:port`."""
        self._calls: list[Call] = []
        self._running = Tasks()
        self._draining = False
        self._exits = AsyncExitStack()

    @property
    def sip(self) -> str:
        """`host:port`."""
        return self._exchange.stack.address

    @property
    def public_key(self) -> str:
        return self._exchange.webhooks.public_key

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as exits:
            exits.push_async_callback(self._client.aclose)
            exits.push_async_callback(self._exchange.webhooks.settle, _GOODBYE_SECONDS)
            await self._serve(exits)
            await exits.enter_async_context(self._exchange.stack)
            exits.push_async_callback(self._end_calls)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.aclose()

    async def drain(self, seconds: float) -> None:
        """Refuses new calls with 503, and waits up to `seconds` for running ones."""
        self._draining = True
        await self._running.wait(seconds)

    async def _serve(self, exits: AsyncExitStack) -> None:
        options = self._options
        try:
            listening = socket.create_server((options.http_host, options.http_port), backlog=256)
        except OSError as error:
            raise StackError(f"the carrier can't listen on {options.http_host}:{options.http_port}: {error}") from error
        # asyncio doesn't set it on what is accepted here, and each answer would wait for an ACK
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.http = f"http://{options.http_host}:{listening.getsockname()[1]}"
        self._exchange.recordings.address = self.http
        app = Api(self._exchange, options.api_key, self._find, self._calls).app()
        server = _Server(uvicorn.Config(app, access_log=False, log_level=logging.WARNING, timeout_graceful_shutdown=1))
        tasks = await exits.enter_async_context(Tasks())
        serving = tasks.start("HTTP of the carrier", lambda: server.serve([listening]))

        async def stop() -> None:
            server.should_exit = True
            await asyncio.wait([serving], timeout=_GOODBYE_SECONDS)

        exits.push_async_callback(stop)
        await first(up=server.up.wait(), ended=tasks.wait(_GOODBYE_SECONDS))
        if not server.started:
            raise StackError(f"the carrier's HTTP server doesn't start on {self.http}")

    def _find(self, leg_id: str) -> tuple[Call, CallLeg] | None:
        return next(((call, leg) for call in reversed(self._calls) for leg in call.legs if leg.id == leg_id), None)

    def _ring(self, leg: Leg) -> None:
        route = self._exchange.routes.get(e164(leg.dialled))
        if route is None or self._draining:
            self._running.start("refuse a call", lambda: leg.refuse(503 if route else 404))
            return
        call = Call(leg, route, self._exchange)
        self._calls.append(call)
        del self._calls[:-_KEPT_CALLS]
        self._running.start(f"call {call.session_id}", call.run)

    async def _end_calls(self) -> None:
        self._draining = True
        for call in self._calls:
            await call.hang_up()
        await self._running.wait(_GOODBYE_SECONDS)
        await self._running.aclose()
