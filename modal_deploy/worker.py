"""A worker of calls in a container: the process that `pickup up` runs, from an input's start to its end."""

import asyncio
import sys
from pathlib import Path

from modal_deploy.deployment import NEEDS
from shared.config import load_settings
from shared.errors import PickupError
from shared.observe import reporting

DAY_SECONDS = 24 * 3600
"""The longest that Modal lets an input run."""
LIFE_SECONDS = DAY_SECONDS - 300
DRAIN_SECONDS = 15
"""For running calls when the container is to go: Modal leaves 30 s, and the worker's own farewell takes its time."""
END_SECONDS = 27
"""From the signal to the worker's end; what still runs then is killed."""
ROOT = Path(__file__).resolve().parents[1]


class WorkerEnded(PickupError):
    """The worker's process ended without a signal of ours."""

    code = "worker_ended"
    retryable = True


async def work(life_seconds: float = LIFE_SECONDS) -> None:
    """Until its life is over, or it is cancelled: then its calls may end first. Raises `WorkerEnded`.

    A process of its own: Modal's container has signals, threads and an event loop that a worker can't share.
    """
    with reporting(load_settings(NEEDS), "worker function"):
        program = (sys.executable, "-m", "agent.worker", "--drain-seconds", str(DRAIN_SECONDS))
        process = await asyncio.create_subprocess_exec(*program, cwd=ROOT, start_new_session=True)
        try:
            async with asyncio.timeout(life_seconds):
                code = await process.wait()
        except TimeoutError:
            return
        finally:
            await _end(process)
        raise WorkerEnded(f"the worker ended by itself, with exit code {code}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Tells it once; it takes no more calls, lets those that run go on for a while, then ends them."""
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
