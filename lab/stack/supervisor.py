"""`python -m lab.stack.supervisor --data-dir D`: runs the embedded stack until its last user leaves.

A user connects to a unix socket and sends `{"providers": bool}`. The supervisor answers `{"progress": …}` while servers
start, then `{"ready": addresses}` or `{"error": sentence}`. The user stays connected as long as it needs the stack; the
end of its process, a kill included, ends the connection.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.stack import processes
from lab.stack.postgres import EmbeddedPostgres
from lab.stack.processes import FolderLock
from lab.stack.providers import starting_providers
from lab.stack.redis import EmbeddedRedis
from lab.stack.stack import StackAddresses, socket_path
from lab.stack.starting import Starting
from shared.errors import PickupError, StackError
from shared.process import on_signal

LINGER_SECONDS = 0.5
"""How long an unused stack waits for the next user."""
FIRST_USER_SECONDS = 10.0
PREDECESSOR_SECONDS = 20.0


class Servers:
    """Postgres, Redis and the emulated providers: each is started when first needed, and again when it has died."""

    def __init__(self, folder: Path, pg_bin: Path | None, redis_bin: Path | None) -> None:
        self._folder = folder
        self._postgres = EmbeddedPostgres(folder / "postgres", pg_bin=pg_bin)
        self._redis = EmbeddedRedis(folder / "redis", redis_bin=redis_bin)
        self._providers: Starting | None = None
        self._providers_url = ""
        self._changing = asyncio.Lock()

    async def ready(self, with_providers: bool, tell: Callable[[str], None]) -> StackAddresses:
        """Starts the servers that don't run, and migrates the database. Raises StackError."""
        async with self._changing:
            if not (self._postgres.running and self._redis.running):
                tell("starting Postgres and Redis")
            await asyncio.gather(self._postgres.start(), self._redis.start())
            await migrate_local(self._postgres.url)
            if with_providers and (self._providers is None or self._providers.process.poll() is not None):
                tell("starting the speech and language providers")
                await self._start_providers()
        url = self._providers_url if with_providers else ""
        return StackAddresses(self._postgres.url, self._redis.url, url, self._folder)

    async def stop(self) -> None:
        """Ends all servers, in reverse order."""
        if self._providers:
            self._providers.close()
            await processes.stop(self._providers.process, [(signal.SIGTERM, 3.0)])
        await self._redis.stop()
        await self._postgres.stop()

    async def _start_providers(self) -> None:
        self._providers = starting_providers(self._folder / "logs" / "providers.log")
        self._providers_url = (await self._providers.ready())["url"]


class Supervisor:
    """Serves the users of one stack until the last one leaves."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._users: set[asyncio.Task[None]] = set()
        self._unused = asyncio.Event()

    async def run(self, path: Path) -> None:
        with on_signal(lambda _: self._unused.set()):
            await self._listen(path)

    async def _listen(self, path: Path) -> None:
        _unlink(path)
        listener = await asyncio.start_unix_server(self._serve, path)
        try:
            asyncio.get_running_loop().call_later(FIRST_USER_SECONDS, self._end_if_unused)
            await self._unused.wait()
        finally:
            # nobody may join a stack that is going down: a user that comes now starts the next one
            listener.close()
            _unlink(path)
            for user in self._users:
                user.cancel()
            await asyncio.gather(*self._users, return_exceptions=True)
            await self._servers.stop()

    def _end_if_unused(self) -> None:
        if not self._users:
            self._unused.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._users.add(task)
        try:
            with suppress(ConnectionError):
                await self._attend(reader, writer)
        finally:
            writer.close()
            self._users.discard(task)
            asyncio.get_running_loop().call_later(LINGER_SECONDS, self._end_if_unused)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(message: dict[str, Any]) -> None:
            writer.write(json.dumps(message, default=str).encode() + b"\n")

        try:
            wanted = json.loads(await reader.readline())
            addresses = await self._servers.ready(wanted["providers"], lambda text: say({"progress": text}))
        except PickupError as error:
            say({"error": str(error)})
        except Exception as error:  # the boundary: the log keeps it, the user gets its sentence
            traceback.print_exc()
            say({"error": f"the embedded stack can't be started: {type(error).__name__}: {error}"})
        else:
            say({"ready": asdict(addresses)})
        await writer.drain()
        await reader.read()


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


async def migrate_local(url: str) -> None:
    # the one adapter that the lab needs: it gives the database the schema of a Supabase project of ours
    from shared.adapters.sql.migrations import migrate

    await migrate(url, local=True)


async def _owned(lock: FolderLock, path: Path) -> bool:
    """Waits for the end of the supervisor before this one. False when one runs and takes users."""
    deadline = time.monotonic() + PREDECESSOR_SECONDS
    while not lock.take():
        try:
            _, writer = await asyncio.open_unix_connection(path)
        except OSError:
            if time.monotonic() > deadline:
                raise StackError("the stack before this one doesn't end") from None
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return False
    return True


async def main(options: argparse.Namespace) -> None:
    folder: Path = options.data_dir.resolve()
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    lock, path = FolderLock(folder / "stack.lock"), socket_path(folder)
    if not await _owned(lock, path):
        return
    with suppress(OSError):
        os.ftruncate(sys.stdout.fileno(), 0)
    await Supervisor(Servers(folder, options.pg_bin, options.redis_bin)).run(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m lab.stack.supervisor", description="Runs the embedded stack.")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--pg-bin", type=Path)
    parser.add_argument("--redis-bin", type=Path)
    asyncio.run(main(parser.parse_args()))
