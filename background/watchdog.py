"""`python -m background.watchdog --every 1`: maintains a stage in rounds, until SIGTERM or Ctrl-C.

Prints one line of JSON, `{"ready": {}}`, when it has begun.
"""

import argparse
import asyncio
import sys
from functools import partial

from background.deliveries import repeat_deliveries, repeat_results
from background.generations import repeat_changeover
from background.notices import repeat_notices
from background.rounds import EVERY_SECONDS, Rounds
from background.sheets import repeat_sheets
from shared.config import Settings
from shared.process import announce, run
from shared.tasks import Backoff, Tasks
from shared.wiring import open_outside, open_services, refuse_foreign_redis


async def serve(every_seconds: float, settings: Settings, ending: asyncio.Event) -> None:
    await refuse_foreign_redis(settings)
    async with open_services(settings) as services, open_outside(settings) as outside:
        rounds = Rounds(services)
        async with Tasks() as tasks:
            tasks.start("rounds", lambda: rounds.repeat(every_seconds), restart=Backoff(first_seconds=1.0))
            tasks.start("notices", lambda: repeat_notices(services), restart=Backoff(first_seconds=1.0))
            tasks.start("generations", lambda: repeat_changeover(services, outside), restart=Backoff(first_seconds=1.0))
            tasks.start("results", lambda: repeat_results(services, outside), restart=Backoff(first_seconds=1.0))
            tasks.start("deliveries", lambda: repeat_deliveries(services, outside), restart=Backoff(first_seconds=1.0))
            tasks.start("sheets", lambda: repeat_sheets(services, outside), restart=Backoff(first_seconds=1.0))
            announce()
            await ending.wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m background.watchdog", description=__doc__)
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds between two rounds")
    return run("watchdog", partial(serve, parser.parse_args().every))


if __name__ == "__main__":
    sys.exit(main())
