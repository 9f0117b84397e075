"""Commits and reloads the volume of the recordings for the processes of a container, which ask by a unix socket."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 8.0
"""Before those who ask give up."""


class Owned(Protocol):
    """Modal's volume, as much of it as is used."""

    @property
    def commit(self) -> "_Method": ...

    @property
    def reload(self) -> "_Method": ...


class _Method(Protocol):
    @property
    def aio(self) -> Callable[[], Awaitable[None]]: ...


@asynccontextmanager
async def serving_volume(volume: Owned, path: Path | None) -> AsyncGenerator[None]:
    """Answers on the socket until the end; without a `path` nobody asks."""
    if path is None:
        yield
        return
    commands = {"commit": volume.commit, "reload": volume.reload}
    one_at_a_time = asyncio.Lock()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            command = (await reader.readline()).decode(errors="replace").strip()
            async with one_at_a_time:
                said = await _done(command, commands.get(command))
            writer.write(f"{said}\n".encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(answer, path)
    try:
        yield
    finally:
        server.close()


async def _done(command: str, method: _Method | None) -> str:
    if method is None:
        return "there is no such command"
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await method.aio()
    except Exception as error:
        # Modal's, of whatever kind: who asked says that a file may still be there
        log.warning("volume refused", action="volume", command=command, error=str(error))
        return " ".join(str(error).split()) or type(error).__name__
    return "ok"
