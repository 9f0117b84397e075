"""The embedded stack, shared by all processes that use it: `joined_stack` starts it or joins a running one.

A supervisor (lab/stack/supervisor.py), a process of its own, runs the servers and ends when its last user does, even by
a kill. A data folder has one stack.
"""

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.base import timescale
from lab.stack import processes
from lab.stack.binaries import private_folder
from lab.stack.postgres import folders
from shared.errors import StackError

START_SECONDS = 30.0

__all__ = ["StackAddresses", "folders", "joined_stack"]

# the supervisors that this process started, kept to be waited for when they have ended
_supervisors: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class StackAddresses:
    """The addresses of a stack's servers."""

    postgres_url: str
    """DSN of the migrated database, as its superuser."""
    redis_url: str
    providers_url: str
    """`http://127.0.0.1:…` of the emulated providers; empty for a user that doesn't need them."""
    folder: Path
    """The data folder."""


def _silent(_: str) -> None:
    pass


@asynccontextmanager
async def joined_stack(
    data_dir: Path,
    *,
    with_providers: bool = True,
    pg_bin: Path | None = None,
    redis_bin: Path | None = None,
    progress: Callable[[str], None] = _silent,
) -> AsyncIterator[StackAddresses]:
    """Joins the running stack of `data_dir`, or starts it. When its last user leaves, the stack ends.

    `pg_bin` and `redis_bin` count for a stack that is started here. `progress` gets what the start waits for.
    Raises StackError when the stack isn't ready in 30 s or says why it can't be.
    """
    folder, log = _prepared(data_dir)
    arguments = ["--data-dir", str(folder)]
    for option, path in (("--pg-bin", pg_bin), ("--redis-bin", redis_bin)):
        arguments += [option, str(path)] if path else []
    connection: asyncio.StreamWriter | None = None
    try:
        try:
            # real seconds, however fast this process's own clock runs
            async with asyncio.timeout(START_SECONDS * timescale.speed()):
                connection, addresses = await _join(folder, arguments, with_providers, log, progress)
        except TimeoutError as error:
            raise StackError(f"the embedded stack isn't ready after {START_SECONDS:.0f} s:\n{_tail(log)}") from error
        yield addresses
    finally:
        if connection:
            connection.close()
            with suppress(OSError):
                await connection.wait_closed()


def socket_path(folder: Path) -> Path:
    """The supervisor's socket. It isn't in the data folder, as a socket's path has at most some 100 characters."""
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return private_folder(Path(f"/tmp/pickup-stack-{os.getuid()}"), 0o700) / f"{key}.sock"


def _prepared(data_dir: Path) -> tuple[Path, Path]:
    folder = data_dir.resolve()
    log = folder / "logs" / "stack.log"
    # recordings of calls are to lie here
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log.parent.mkdir(exist_ok=True)
    return folder, log


async def _join(
    folder: Path, arguments: list[str], with_providers: bool, log: Path, progress: Callable[[str], None]
) -> tuple[asyncio.StreamWriter, StackAddresses]:
    """Connects to the supervisor, starts one where none answers, and waits until the servers are ready."""
    supervisor: subprocess.Popen[bytes] | None = None
    path = socket_path(folder)
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(path)
        except (FileNotFoundError, ConnectionRefusedError):
            if supervisor is None:
                supervisor = _start_supervisor(arguments, log)
            elif supervisor.poll():
                raise StackError(f"the embedded stack can't be started:\n{_tail(log)}") from None
            elif supervisor.returncode == 0:  # it gave way to another one, or lost its last user
                supervisor = None
            await asyncio.sleep(0.02)
            continue
        try:
            writer.write(json.dumps({"providers": with_providers}).encode() + b"\n")
            if ready := await _await_ready(reader, progress):
                return writer, StackAddresses(**{**ready, "folder": folder})
        except ConnectionError:
            pass
        except BaseException:
            writer.close()
            raise
        # that supervisor was about to end
        writer.close()
        await asyncio.sleep(0.02)


async def _await_ready(reader: asyncio.StreamReader, progress: Callable[[str], None]) -> dict[str, Any] | None:
    """The addresses, or None when the supervisor ends first. Raises StackError with the supervisor's error."""
    while line := await reader.readline():
        message: dict[str, Any] = json.loads(line)
        if "ready" in message:
            return message["ready"]
        if "error" in message:
            raise StackError(message["error"])
        progress(message["progress"])
    return None


def _start_supervisor(arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    _supervisors[:] = [one for one in _supervisors if one.poll() is None]
    with log.open("ab") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "lab.stack.supervisor", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=Path(__file__).resolve().parents[2],
            # Ctrl-C in the terminal is for the user's process, which still needs the stack to record how the call ended
            start_new_session=True,
        )
    _supervisors.append(supervisor)
    return supervisor


def _tail(log: Path) -> str:
    return f"{processes.tail(log)}\n(more in {log})"
