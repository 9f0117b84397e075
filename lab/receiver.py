"""A tenant's receiver of webhooks: verifies by the stock library, keeps what it took, and fails on demand."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from lab.stack.ports import free_port
from shared.tasks import Tasks


@dataclass
class Receiver:
    """What came, in order, and how the next ones are met."""

    secret: str
    """`whsec_…`, which it verifies by."""
    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Bodies that were verified and taken, each event once."""
    event_ids: list[str] = field(default_factory=list[str])
    """Of these."""
    tried: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Event and status of every try; 0: no answer."""
    faults: list[int | None] = field(default_factory=list["int | None"])
    """The statuses of the next tries; None: it hangs."""
    down: int | None = None
    """The status of all tries, as long as it is set."""

    def meet(self, headers: dict[str, str], body: bytes) -> int:
        """The status that an event is answered with."""
        try:
            event = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            return 401
        if headers["webhook-id"] not in self.event_ids:
            self.event_ids.append(headers["webhook-id"])
            self.taken.append(event)
        return 204

    async def events(self, count: int, seconds: float) -> list[dict[str, Any]]:
        """The bodies that were taken, once there are so many. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while len(self.taken) < count:  # noqa: ASYNC110 (the server tells nobody)
                await asyncio.sleep(0.02)
        return self.taken


@asynccontextmanager
async def open_receiver(secret: str) -> AsyncIterator[Receiver]:
    receiver = Receiver(secret)
    web = uvicorn.Server(uvicorn.Config(_web(receiver), port=free_port(), log_level="critical", lifespan="off"))
    # a try that gets no answer must not outlast the receiver
    web.config.timeout_graceful_shutdown = 0
    async with Tasks() as tasks:
        tasks.start("receiver", web.serve)
        async with asyncio.timeout(5):
            while not web.started:  # noqa: ASYNC110 (the server tells nobody)
                await asyncio.sleep(0.005)
        receiver.url = f"http://127.0.0.1:{web.config.port}/pickup"
        try:
            yield receiver
        finally:
            web.should_exit = web.force_exit = True
            await tasks.wait(2.0)


def _web(receiver: Receiver) -> Starlette:
    async def event(request: Request) -> Response:
        body = await request.body()
        event_id = request.headers.get("webhook-id", "")
        fault = receiver.faults.pop(0) if receiver.faults else receiver.down or 0
        if fault is None:
            receiver.tried.append((event_id, 0))
            await asyncio.Event().wait()
        status = fault or receiver.meet(dict(request.headers), body)
        receiver.tried.append((event_id, status))
        if 300 <= status < 400:
            return RedirectResponse("/elsewhere", status)
        return PlainTextResponse("" if status < 300 else json.dumps({"refused": status}), status)

    async def elsewhere(request: Request) -> Response:
        receiver.tried.append(("elsewhere", 200))
        return PlainTextResponse("")

    return Starlette(
        routes=[
            Route("/pickup", event, methods=["POST"]),
            Route("/elsewhere", elsewhere, methods=["GET", "POST"]),
        ]
    )
