"""The real `pickup` command, in processes and data folders of the tests' own."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from lab.base import timescale
from lab.stack.postgres import folders

ROOT = Path(__file__).parents[2]
PICKUP = Path(sys.executable).parent / "pickup"
SECONDS = 100.0
FOREIGN = ("DEEPGRAM_", "OPENAI_", "SENTRY_", "SUPABASE_", "UPSTASH_", "PICKUP_")

HOLD = """
import asyncio, sys
from pathlib import Path
from lab.stack.stack import joined_stack
from shared.config import pg_bin, redis_bin

async def hold():
    async with joined_stack(Path(sys.argv[1]), pg_bin=pg_bin(), redis_bin=redis_bin()):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(hold())
"""


def real(seconds: float) -> float:
    """For a wait by this process's clock, which may run faster than that of the processes it waits for."""
    return seconds * timescale.speed()


@dataclass(frozen=True)
class Pickup:
    """`pickup` on a data folder of its own."""

    data_dir: Path
    more: dict[str, str] = field(default_factory=dict[str, str])

    def __call__(self, *arguments: str | Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PICKUP, *arguments],
            cwd=ROOT,
            env=self._env(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=real(SECONDS),
        )

    def json(self, *arguments: str | Path) -> Any:
        """What a command prints; it must succeed."""
        done = self(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def begin(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [PICKUP, *arguments],
            cwd=ROOT,
            env=self._env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def processes(self) -> list[psutil.Process]:
        """The supervisor of the folder's stack, and all that it started."""
        return [one for leader in self.supervisors() for one in (leader, *_descendants(leader))]

    def supervisors(self) -> list[psutil.Process]:
        return [
            one for one in psutil.process_iter() if f"lab.stack.supervisor --data-dir {self.data_dir}" in _command(one)
        ]

    def _env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {**kept, "PICKUP_DATA_DIR": str(self.data_dir), "PICKUP_RELEASE": "test", "COLUMNS": "120", **self.more}


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return ""


def wait_until(true: Callable[[], bool], seconds: float, otherwise: Callable[[], Any] = lambda: "") -> None:
    """Waits so many real seconds at most."""
    deadline = time.monotonic() + real(seconds)
    while not true():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(real(0.02))


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What the command has printed up to the line with these words."""
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if words in line:
            return printed
    raise AssertionError(f"{words!r} didn't come: {printed}\n{process.stderr.read() if process.stderr else ''}")


def _folder(factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    folder = factory.mktemp(name) / "data"
    yield folder
    wait_until(lambda: not Pickup(folder).supervisors(), 20.0)
    for left in folders(folder):
        shutil.rmtree(left, ignore_errors=True)


@pytest.fixture(scope="session")
def own_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield from _folder(tmp_path_factory, "held")


@pytest.fixture(scope="session")
def pickup(own_dir: Path) -> Iterator[Pickup]:
    """With its stack up, so that a command doesn't have to start it."""
    command = Pickup(own_dir)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(own_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin and holder.stdout
    try:
        assert holder.stdout.readline() == "ready\n"
        yield command
    finally:
        holder.stdin.close()
        holder.wait(timeout=real(20))
        holder.stdout.close()


@pytest.fixture(scope="session")
def lonely(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pickup]:
    """Whose stack is up only while a command needs it."""
    for folder in _folder(tmp_path_factory, "lonely"):
        yield Pickup(folder)


@pytest.fixture
def bare(tmp_path: Path) -> Pickup:
    """For what has no need of a stack."""
    return Pickup(tmp_path / "data")
