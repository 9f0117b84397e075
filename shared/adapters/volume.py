"""A network volume of which each machine has a view of its own, committed and reloaded by the process that owns it."""

import asyncio
from pathlib import Path
from typing import Protocol

VOLUME_SECONDS = 10.0
"""For one commit or reload; then it is a `TimeoutError`, which is an `OSError`."""
OK = "ok"


class Volume(Protocol):
    """Whatever goes wrong is an `OSError`."""

    async def commit(self) -> None:
        """What this machine wrote and deleted is so for all, from now on."""
        ...

    async def reload(self) -> None:
        """This machine sees what others committed. Fails while one of its processes has a file of the volume open."""
        ...


class SocketVolume:
    """Asks the owner, a process beside this one that listens on a unix socket: a line each way."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def commit(self) -> None:
        await self._ask("commit")

    async def reload(self) -> None:
        await self._ask("reload")

    async def _ask(self, command: str) -> None:
        async with asyncio.timeout(VOLUME_SECONDS):
            reader, writer = await asyncio.open_unix_connection(self._path)
            try:
                writer.write(f"{command}\n".encode())
                answer = (await reader.readline()).decode().strip()
            finally:
                writer.close()
        if answer != OK:
            raise OSError(f"the volume of the recordings: {command}: {answer or 'no answer'}")
