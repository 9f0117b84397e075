"""A tenant's MCP server as a process of its own: `python -m lab.mcp_server PORT`. The church's diary of its hall."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from lab.stack.ports import free_port

TOKEN = "hall-t0ken"
"""What it asks for in the header `Authorization`."""
_START_SECONDS = 20.0


@dataclass(frozen=True)
class TenantServer:
    """One that runs."""

    host: str
    """With its port, as a tenant's list has it."""
    process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        return f"http://{self.host}/mcp"


@asynccontextmanager
async def open_mcp_server() -> AsyncIterator[TenantServer]:
    """Started, and ended with the block."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "lab.mcp_server", str(port))
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not await _answers(port):  # noqa: ASYNC110 (another process tells nobody)
                await asyncio.sleep(0.05)
        yield TenantServer(f"127.0.0.1:{port}", process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


def diary() -> MCPServer:
    server, booked = MCPServer("diary", log_level="CRITICAL"), list[str]()

    @server.tool()
    def hall_on(day: str, evening: bool | None = None) -> str:
        """Tells whether the parish hall is free on a day. Ask for the day first."""
        if not day.strip():
            raise ToolError("which day?")
        state, part = "taken" if day in booked else "free", "in the evening of " if evening else ""
        return f"The parish hall is {state} {part}{day}."

    @server.tool()
    def book_hall(day: str) -> str:
        """Books the parish hall for a day, once the caller has said yes."""
        booked.append(day)
        return f"Booked {day}, {len(booked)} in all."

    @server.tool()
    async def sleepy(seconds: float) -> str:
        """Takes its time."""
        await asyncio.sleep(seconds)
        return "awake"

    @server.tool()
    def huge() -> str:
        """Answers more than anybody wants."""
        return "x" * 200_000

    @server.tool()
    def odd(what: str | int | list[str]) -> str:
        """Takes several types."""
        return str(what)

    @server.tool()
    def secret_ledger() -> str:
        """Nothing that a template names."""
        return f"of process {os.getpid()}"

    return server


def serve(port: int) -> None:
    app = diary().streamable_http_app()

    async def guarded(scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] == "http" and Request(scope).headers.get("authorization") != f"Bearer {TOKEN}":  # type: ignore[arg-type]
            await PlainTextResponse("who are you?", 401)(scope, receive, send)  # type: ignore[arg-type]
            return
        await app(scope, receive, send)  # type: ignore[arg-type]

    uvicorn.run(guarded, port=port, log_level="critical")


if __name__ == "__main__":
    serve(int(sys.argv[1]))
