"""What LiveKit's worker runs in a job process. The worker loads this module too, and so not what a call needs."""

import signal
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING

from livekit.agents import JobContext, JobProcess

from shared.config import Settings

if TYPE_CHECKING:
    from agent.worker.attend import Attendant


def prepare(settings: Settings, prepared: Event, process: JobProcess) -> None:
    """Makes a process ready for its one call, before that rings, and says so."""
    # a Ctrl-C reaches every process of a terminal; the worker alone decides how its calls end
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from agent.worker.attend import Attendant

    process.userdata["attendant"] = Attendant.prepared(settings)
    prepared.set()


async def attend(context: JobContext) -> None:
    """One call, from the dispatch to its record."""
    attendant: Attendant = context.proc.userdata["attendant"]
    try:
        await attendant.attend(context)
    finally:
        context.shutdown()
