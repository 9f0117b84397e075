"""What LiveKit's worker runs in a job process. The worker imports it too, so that it imports nothing a call needs."""

import signal
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING

from livekit.agents import JobContext, JobProcess

from shared.config import Settings

if TYPE_CHECKING:
    from agent.worker.attend import Attendant


def prepare(settings: Settings, prepared: Event, process: JobProcess) -> None:
    """Prepare a process for its one call, before the call rings, and set `prepared`."""
    # a Ctrl-C reaches every process of a terminal; the worker alone decides how its calls end
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from agent.worker.attend import Attendant
    from agent.worker.handover import ignore_leave

    ignore_leave()
    process.userdata["attendant"] = Attendant.prepared(settings)
    prepared.set()


async def attend(context: JobContext) -> None:
    """Attend one call, from the dispatch to its record."""
    from agent.worker.outliving import outlive_worker

    attendant: Attendant = context.proc.userdata["attendant"]
    outlive_worker(context)
    try:
        await attendant.attend(context)
    finally:
        context.shutdown()
