"""Runs one side's agent as a child process."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lab.stack.starting import Starting, started

Side = Literal["bare", "tuned", "pickup"]
SIDES: tuple[Side, ...] = ("bare", "pickup")
TURN_SIDES: tuple[Side, ...] = ("bare", "tuned", "pickup")
"""`tuned` is a bare session with the framework's fastest settings, which ends a turn at every pause."""

_READY_SECONDS = 30.0
_STOP_SECONDS = 8.0


@dataclass(frozen=True)
class AgentProcess:
    side: Side
    pid: int
    port: int


@asynccontextmanager
async def running_agent(side: Side, settings: dict[str, Any], log: Path) -> AsyncIterator[AgentProcess]:
    """Yields the agent, alone in its process, its errors in `log`. It ends with this context, and with this process.

    Raises StackError when it can't start.
    """
    program = [sys.executable, "-m", "bench.agent_process", side]
    starting = Starting(f"the {side} agent", program, log, line=settings, ready_seconds=_READY_SECONDS)
    async with started(starting, _STOP_SECONDS) as ready:
        yield AgentProcess(side, starting.process.pid, ready["port"])
