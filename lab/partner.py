"""A tenant's own server, as templates' functions ask it: answers by path, and misbehaves on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from lab.stack.ports import free_port
from shared.tasks import Tasks

HUGE = 200_000
"""Bytes of a huge answer."""


@dataclass(frozen=True)
class PartnerRequest:
    """One request, as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Partner:
    """Its answers by path, and how the next requests are met."""

    host: str = ""
    """With its port, as a tenant's list has it."""
    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    """JSON by path, or what makes it of the request; 404 for other paths."""
    requests: list[PartnerRequest] = field(default_factory=list[PartnerRequest])
    faults: list[int | str] = field(default_factory=list["int | str"])
    """Of the next requests: a status, `hang`, `huge` or `redirect`."""
    slow_seconds: float = 0.0
    """Before each answer."""

    @property
    def url(self) -> str:
        return f"http://{self.host}"


@asynccontextmanager
async def open_partner() -> AsyncIterator[Partner]:
    partner = Partner()
    web = uvicorn.Server(uvicorn.Config(_web(partner), port=free_port(), log_level="critical", lifespan="off"))
    # a request that gets no answer must not outlast the partner
    web.config.timeout_graceful_shutdown = 0
    async with Tasks() as tasks:
        tasks.start("partner", web.serve)
        async with asyncio.timeout(5):
            while not web.started:  # noqa: ASYNC110 (the server tells nobody)
                await asyncio.sleep(0.005)
        partner.host = f"127.0.0.1:{web.config.port}"
        try:
            yield partner
        finally:
            web.should_exit = web.force_exit = True
            await tasks.wait(2.0)


def _web(partner: Partner) -> Starlette:
    async def answer(request: Request) -> Response:
        body = await request.json() if await request.body() else None
        headers, query = dict(request.headers), dict(request.query_params)
        came = PartnerRequest(request.method, request.url.path, query, headers, body)
        partner.requests.append(came)
        fault = partner.faults.pop(0) if partner.faults else 0
        await asyncio.sleep(partner.slow_seconds)
        match fault:
            case "hang":
                await asyncio.Event().wait()
            case "huge":
                return PlainTextResponse("x" * HUGE)
            case "redirect":
                return RedirectResponse("/elsewhere", 302)
            case int() if fault:
                return JSONResponse({"error": f"refused by {fault}"}, fault)
            case _:
                pass
        if request.url.path not in partner.answers:
            return JSONResponse({"error": "there is no such thing"}, 404)
        answers = partner.answers[request.url.path]
        return JSONResponse(answers(came) if callable(answers) else answers)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])])
