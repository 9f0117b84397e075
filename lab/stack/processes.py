"""Starts programs as children that end with their starter, and stops them by signals with time limits."""

import asyncio
import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shared.errors import StackError

LAUNCHER = Path(__file__).with_name("launcher.py")

Steps = Sequence[tuple[signal.Signals, float]]
"""Signals to stop a process by, each with the seconds it is given."""


@dataclass(frozen=True)
class Account:
    """An operating system account that a child runs under."""

    name: str
    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """The account for a server that refuses to run as root; None where we aren't root."""
    if os.getuid() != 0:
        return None
    for name in ("nobody", "postgres", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StackError("Postgres refuses to run as root, and there is no account nobody, postgres or daemon for it")


def spawn(
    program: Sequence[str | Path],
    log: Path,
    *,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    environment: dict[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = None,
    cwd: Path = Path("/"),
) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own (a terminal's Ctrl-C doesn't reach it), its output appended to `log`.

    On Linux it gets `death_signal` when the calling *thread* ends, however it ends; so start it from a lasting one.
    """
    owner = f"{account.uid}:{account.gid}" if account else "-"
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), str(int(death_signal)), owner]
    with log.open("ab") as output:
        return subprocess.Popen(
            [*launch, *map(str, program)],
            stdin=stdin,
            stdout=stdout or output,
            stderr=output,
            env=environment,
            cwd=cwd,
            start_new_session=True,
        )


async def ended(process: subprocess.Popen[bytes], within: float) -> bool:
    """Waits until the process ends, at most `within` seconds. Returns whether it did."""
    deadline = time.monotonic() + within
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.005)
    return True


async def stop(process: subprocess.Popen[bytes], steps: Steps) -> None:
    """Sends the signals one after another until the process is gone, at last SIGKILL."""
    for number, seconds in (*steps, (signal.SIGKILL, 5.0)):
        if process.poll() is None:
            process.send_signal(number)
        if await ended(process, seconds):
            return


async def stop_stray(pid: int, steps: Steps) -> None:
    """As `stop`, for a process that isn't a child of this one."""
    for number, seconds in (*steps, (signal.SIGKILL, 5.0)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not command_line(pid):
                return
            await asyncio.sleep(0.01)


def command_line(pid: int) -> str:
    """The arguments of a living process, joined by blanks; empty for a process that has ended."""
    entry = Path(f"/proc/{pid}/cmdline")
    if sys.platform == "linux":
        try:
            return entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-p", str(pid), "-o", "args="], capture_output=True, text=True, timeout=5).stdout


def tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, for an error message."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return f"(no {log})"
    return "\n".join(text.splitlines()[-lines:])


class FolderLock:
    """Gives a folder to one living process at a time, whose id is in the file.

    The system frees it when the holder dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """False while another process holds it; True also when this one holds it already."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return True

    def holder(self) -> str:
        """The process that holds it, or held it last, for a message."""
        return f"process {self._path.read_text().strip() or 'unknown'}"

    def free(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
