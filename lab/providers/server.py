"""The providers' ASGI app, and the process that serves it."""

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from lab.providers.chat import Chat
from lab.providers.deepgram import Deepgram
from lab.providers.desk import Desk, Models, bad_input
from lab.providers.ears import Ears
from lab.providers.expectations import Expectations
from lab.providers.faults import Faults, Gate, RequestLog, Target
from lab.providers.sentry import Sentry
from lab.providers.speech import Aura, Speech
from lab.providers.transcriptions import Transcriptions
from lab.providers.voice import Mouth
from shared.process import announce, on_signal
from shared.tasks import Tasks

_MOST_MESSAGE_BYTES = 1024 * 1024
_MOST_CONNECTIONS = 512


def build() -> Starlette:
    """The app; its engines load in their threads meanwhile."""
    mouth, ears, models = Mouth(), Ears(), Models()
    expectations, faults, log, sentry = Expectations(), Faults(), RequestLog(), Sentry()
    deepgram, chat, speech = Deepgram(ears, expectations), Chat(models), Speech(mouth)
    transcriptions, aura = Transcriptions(ears), Aura(mouth)
    desk = Desk(ears, mouth, models, deepgram, expectations, faults, log)

    def gated(target: Target, app: ASGIApp) -> ASGIApp:
        return Gate(app, target, faults, log)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        threading.Thread(target=models.load, name="meaning", daemon=True).start()
        yield
        chat.close()
        mouth.close()

    return Starlette(
        routes=[
            WebSocketRoute("/v1/listen", gated("stt", WebSocketRoute("/v1/listen", deepgram.listen).app)),
            Route("/v1/listen", gated("stt", _post(deepgram.recognise)), methods=["POST"]),
            Route("/v1/chat/completions", gated("llm", _post(chat.complete)), methods=["POST"]),
            Route("/v1/audio/speech", gated("tts", _post(speech.create)), methods=["POST"]),
            Route("/v1/audio/transcriptions", gated("stt", _post(transcriptions.create)), methods=["POST"]),
            Route("/v1/speak", gated("tts", _post(aura.speak)), methods=["POST"]),
            Route("/api/{project:int}/envelope/", gated("sentry", _post(sentry.envelope)), methods=["POST"]),
            Route("/lab/ready", desk.ready),
            Route("/lab/sentry", sentry.listed, methods=["GET"]),
            Route("/lab/sentry", sentry.cleared, methods=["DELETE"]),
            Route("/lab/faults", desk.fault, methods=["POST"]),
            Route("/lab/faults", desk.faults, methods=["GET"]),
            Route("/lab/faults", desk.mend, methods=["DELETE"]),
            Route("/lab/requests", desk.requests, methods=["GET"]),
            Route("/lab/requests", desk.forget, methods=["DELETE"]),
            Route("/lab/expect", desk.expect, methods=["POST"]),
            Route("/lab/expect", desk.forget_expected, methods=["DELETE"]),
            Route("/lab/streams", desk.streams, methods=["GET"]),
            Route("/lab/model", desk.model, methods=["POST"]),
            Route("/lab/playbooks", desk.playbooks, methods=["POST"]),
            Route("/lab/say", speech.say, methods=["POST"]),
            Route("/lab/hear", desk.hear, methods=["POST"]),
        ],
        exception_handlers={ValueError: bad_input},
        lifespan=lifespan,
    )


def _post(endpoint: Any) -> ASGIApp:
    return Route("/", endpoint, methods=["POST"]).app


class _Protocol(H11Protocol):
    """Gives the app the connection's transport, so that a fault can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield  # `serve` handles the signals, and exits with 0


async def serve(port: int) -> None:
    """Until SIGTERM, Ctrl-C or the end of stdin. Prints the ready line, with its `url`; port 0 takes a free one."""
    listening = socket.create_server(("127.0.0.1", port), backlog=256)
    # asyncio doesn't set it on sockets accepted here, and each small event of an answer would wait 40 ms for an ACK
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        build(),
        http=_Protocol,
        ws="websockets-sansio",
        ws_max_size=_MOST_MESSAGE_BYTES,
        limit_concurrency=_MOST_CONNECTIONS,
        lifespan="on",
        access_log=False,
        log_level=logging.WARNING,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)

    def end(_: Any = None) -> None:
        server.should_exit = True

    with on_signal(end):
        # a daemon thread: a read of stdin can't be cancelled
        threading.Thread(target=_await_end_of_input, args=(asyncio.get_running_loop(), end), daemon=True).start()
        async with Tasks() as tasks:
            serving = tasks.start("HTTP of the providers", lambda: server.serve([listening]))
            up = tasks.start("start of the providers", server.up.wait)
            await asyncio.wait((up, serving), return_when=asyncio.FIRST_COMPLETED)
            if server.started:
                announce(url=f"http://127.0.0.1:{listening.getsockname()[1]}")
            await serving


def _await_end_of_input(loop: asyncio.AbstractEventLoop, end: Any) -> None:
    # os.read, as a thread that holds the lock of sys.stdin makes the interpreter abort at exit
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(end)
