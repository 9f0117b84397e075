"""Hands running calls over: a job leaves its call at the next pause, and another worker's job goes on with it.

The worker tells a job by a signal, as the framework gives a worker no way to talk with its jobs. The job releases the
call's lease and dispatches its successor itself; should it die over that, the worker that sees it die does so.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from livekit.agents import AgentServer

from agent.lines.room import RoomLine
from shared.tasks import Tasks

log = structlog.get_logger(__name__)

LEAVE_SIGNAL = signal.SIGUSR2


def hand_over_calls(server: AgentServer) -> int:
    """Tell all jobs of this worker, which takes no more calls, to leave theirs; returns how many were told.

    A call is left within `agent.lines.room.LEAVE_SECONDS`. Telling a job again changes nothing.
    """
    running = [process for process in server._proc_pool.processes if process.running_job is not None]  # pyright: ignore[reportPrivateUsage]
    for process in running:
        if (pid := getattr(process, "pid", None)) is not None:
            log.info("job leaves its call", action="hand_over", pid=pid)
            os.kill(pid, LEAVE_SIGNAL)
    return len(running)


@asynccontextmanager
async def leaving(line: RoomLine) -> AsyncIterator[None]:
    """In a job's process: leave the call of this line when the worker says so."""
    loop = asyncio.get_running_loop()
    async with Tasks(call_id=line.call_id) as tasks:

        def leave() -> None:
            if not tasks.running:
                tasks.start("leaving the call", line.leave)

        loop.add_signal_handler(LEAVE_SIGNAL, leave)
        try:
            yield
        finally:
            loop.remove_signal_handler(LEAVE_SIGNAL)
            ignore_leave()


def ignore_leave() -> None:
    """Without a call the signal would end the process."""
    signal.signal(LEAVE_SIGNAL, signal.SIG_IGN)
