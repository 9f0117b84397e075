"""`python -m agent.worker [--drain-seconds S] [--takes-calls-seconds S] [--worker-id ID]`: takes the calls of a stage,
each in a process of its own.

Writes `{"ready": {…}}` to standard output once LiveKit can send it calls. SIGTERM, or Ctrl-C, once or twice: no new
calls, running ones may end within the limit, then it ends them. A worker that retires hands over to another one, and
lets its calls go on to their end. Exit code 1 when LiveKit was lost for good, or no
process for a call can be made; 2 when the settings can't be used.
"""

import argparse
import functools
import multiprocessing
import sys
import time
import uuid

NEEDS = ("database", "redis", "speech", "livekit", "signing")
DRAIN_SECONDS = 30.0
_JOB_PROCESSES = "agent.worker.preload"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m agent.worker", description="Takes the calls of a stage.")
    parser.add_argument("--drain-seconds", type=float, default=DRAIN_SECONDS, help="for running calls, at the end")
    parser.add_argument(
        "--worker-id", default=uuid.uuid4().hex[:8], help="its name, where the one who started it has one"
    )
    parser.add_argument("--takes-calls-seconds", type=float, help="then it retires: by default at a signal only")
    options = parser.parse_args()
    began = time.monotonic()
    _start_forking()
    # loaded while the process that job processes are forked from loads what they need
    from agent.worker.retirement import Shift
    from agent.worker.server import serve
    from shared.process import run

    shift = Shift(options.worker_id, began, options.drain_seconds, options.takes_calls_seconds)
    return run("worker", functools.partial(serve, shift), NEEDS)


def _start_forking() -> None:
    """Start at once the process that job processes are forked from: it takes as long as this one to load."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver

        forkserver.set_forkserver_preload([_JOB_PROCESSES])
        forkserver.ensure_running()


if __name__ == "__main__":
    sys.exit(main())
