"""A worker of calls in a container: the process that `pickup up` runs, from an input's start to its end."""

import asyncio
import random
import sys
import time
from pathlib import Path

from modal_deploy.deployment import NEEDS
from modal_deploy.separation import refuse_foreign_role
from shared.config import load_settings
from shared.errors import PickupError
from shared.observe import log, reporting

DAY_SECONDS = 24 * 3600
"""The longest that Modal lets an input run."""
LIFE_SECONDS = DAY_SECONDS - 300
TAKES_CALLS_SECONDS = 19 * 3600
"""Then it hands over, for three quarters of an hour at most, and lets its calls go on: none lasts over four hours."""
SPREAD_SECONDS = 3600
"""Workers that came together retire up to this much earlier, so that they don't all at once."""
DRAIN_SECONDS = 6
"""For calls to end by themselves when the container is to go. Then others hand over, for 10 s, and what is left is
ended: Modal leaves 30 s, and the worker's own farewell takes its time."""
END_SECONDS = 27
"""From the signal to the worker's end; what still runs then is killed."""
ROOT = Path(__file__).resolve().parents[1]


class WorkerEnded(PickupError):
    """The worker's process ended without a signal of ours."""

    code = "worker_ended"
    retryable = True


async def work(worker_id: str, too_late_at: float, life_seconds: float = LIFE_SECONDS) -> None:
    """Until it has retired, its life is over, or it is cancelled: then its calls may end first. Raises `WorkerEnded`.

    After `too_late_at` (seconds since 1970) it ends at once: another was ordered in its place.

    A process of its own: Modal's container has signals, threads and an event loop that a worker can't share.
    """
    settings = load_settings(NEEDS)
    with reporting(settings, "worker function"):
        refuse_foreign_role(settings)
        if time.time() > too_late_at:
            log.warning("the order of this worker has lapsed", action="worker", worker_id=worker_id)
            return
        takes_calls = TAKES_CALLS_SECONDS - random.uniform(0, SPREAD_SECONDS)
        program = (
            *(sys.executable, "-m", "agent.worker", "--worker-id", worker_id),
            *("--drain-seconds", str(DRAIN_SECONDS), "--takes-calls-seconds", f"{takes_calls:.0f}"),
        )
        process = await asyncio.create_subprocess_exec(*program, cwd=ROOT, start_new_session=True)
        try:
            async with asyncio.timeout(life_seconds):
                code = await process.wait()
        except TimeoutError:
            return
        finally:
            await _end(process)
        if code:
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
