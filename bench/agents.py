"""Starts an agent as the process it is, and ends it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lab.stack import processes
from shared.errors import StackError

Side = Literal["bare", "pickup"]
SIDES: tuple[Side, ...] = ("bare", "pickup")

_START_SECONDS = 30.0
_STOP_SECONDS = 8.0
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class AgentProcess:
    side: Side
    pid: int
    port: int


@asynccontextmanager
async def running_agent(side: Side, settings: dict[str, Any], log: Path) -> AsyncIterator[AgentProcess]:
    """Alone in its process, its errors in `log`. It ends with this context, and with this process.

    Raises `StackError` when it can't start.
    """
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.agent_process",
            side,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=_ROOT,
            # Ctrl-C in the terminal is ours, who ends the calls first
            start_new_session=True,
        )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(settings, default=str).encode() + b"\n")
        try:
            async with asyncio.timeout(_START_SECONDS):
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise StackError(f"the {side} agent didn't start within {_START_SECONDS:g} s") from error
        if not line:
            raise StackError(f"the {side} agent ended at once:\n{processes.tail(log)}")
        yield AgentProcess(side, process.pid, json.loads(line)["port"])
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
