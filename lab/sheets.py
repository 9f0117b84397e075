"""Google Sheets' values API, emulated: 60 requests a minute for an account, slow, and failing on demand."""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.stack.ports import free_port
from shared.tasks import Tasks

MOST_A_MINUTE = 60


@dataclass
class Sheets:
    """The documents of one account, and how the next requests are met."""

    token: str
    url: str = ""
    documents: dict[str, list[list[str]]] = field(default_factory=dict[str, list[list[str]]])
    """The rows of each document's first sheet, by its id."""
    faults: list[int | None] = field(default_factory=list["int | None"])
    """The statuses of the next requests; None: it hangs."""
    slow_seconds: float = 0.0
    requests: deque[float] = field(default_factory=deque[float])
    """When those of the last minute came."""
    statuses: list[int] = field(default_factory=list[int])

    def refusal(self, authorization: str) -> int | None:
        """The status of a request that isn't served. Counts it."""
        now = time.monotonic()
        while self.requests and now - self.requests[0] > 60:
            self.requests.popleft()
        self.requests.append(now)
        if authorization != f"Bearer {self.token}":
            return 401
        return 429 if len(self.requests) > MOST_A_MINUTE else None

    def put(self, document: str, cell: str, value: str) -> None:
        found = re.fullmatch(r"([A-Z])(\d+)", cell)
        assert found is not None, f"no cell: {cell}"
        row, column = self.documents[document][int(found[2]) - 1], ord(found[1]) - ord("A")
        row.extend([""] * (column + 1 - len(row)))
        row[column] = value


@asynccontextmanager
async def open_sheets_server(token: str) -> AsyncIterator[Sheets]:
    sheets = Sheets(token)
    web = uvicorn.Server(uvicorn.Config(_web(sheets), port=free_port(), log_level="critical", lifespan="off"))
    web.config.timeout_graceful_shutdown = 0
    async with Tasks() as tasks:
        tasks.start("sheets", web.serve)
        async with asyncio.timeout(5):
            while not web.started:  # noqa: ASYNC110 (the server tells nobody)
                await asyncio.sleep(0.005)
        sheets.url = f"http://127.0.0.1:{web.config.port}"
        try:
            yield sheets
        finally:
            web.should_exit = web.force_exit = True
            await tasks.wait(2.0)


def _web(sheets: Sheets) -> Starlette:
    async def met(request: Request) -> int | None:
        await asyncio.sleep(sheets.slow_seconds)
        fault = sheets.faults.pop(0) if sheets.faults else 0
        if fault is None:
            await asyncio.Event().wait()
        status = fault or sheets.refusal(request.headers.get("authorization", ""))
        if not status and request.path_params["document"] not in sheets.documents:
            status = 404
        sheets.statuses.append(status or 200)
        return status or None

    async def read(request: Request) -> Response:
        if status := await met(request):
            return JSONResponse({"error": {"code": status}}, status)
        return JSONResponse({"majorDimension": "ROWS", "values": sheets.documents[request.path_params["document"]]})

    async def write(request: Request) -> Response:
        if status := await met(request):
            return JSONResponse({"error": {"code": status}}, status)
        for each in (await request.json())["data"]:
            sheets.put(request.path_params["document"], each["range"], each["values"][0][0])
        return JSONResponse({})

    return Starlette(
        routes=[
            Route("/v4/spreadsheets/{document}/values:batchUpdate", write, methods=["POST"]),
            Route("/v4/spreadsheets/{document}/values/{range}", read),
        ]
    )
