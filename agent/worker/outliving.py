"""A call outlives the worker that began it.

When a worker dies, the framework cancels its jobs' tasks, although a job needs nothing of its worker: the room, the
stores and the providers are its own connections. So a job whose worker is gone goes on to the end of its call, holds
its lease, writes its record, and exits.
"""

import asyncio

import structlog
from livekit.agents import JobContext

log = structlog.get_logger(__name__)


def outlive_worker(context: JobContext) -> None:
    """To be called in the job's entrypoint. The framework awaits the job's pending tasks before it ends the process."""
    call = asyncio.current_task()
    assert call is not None
    context._pending_tasks.append(asyncio.create_task(_last(call), name="outliving the worker"))  # pyright: ignore[reportPrivateUsage]


async def _last(call: asyncio.Task[object]) -> None:
    try:
        await asyncio.wait({call})
    except asyncio.CancelledError:
        if not call.done():
            log.warning("worker is gone, the call goes on without it", action="worker_gone")
        await asyncio.wait({call})
        raise
