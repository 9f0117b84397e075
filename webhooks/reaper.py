"""`python -m webhooks.reaper --every 2`: looks after the calls that nobody told the end of, until SIGTERM or Ctrl-C.

Prints one line of JSON, `{"ready": {}}`, when it has begun.
"""

import argparse
import asyncio
import json
import signal

from shared.calls.heal import Healer
from shared.config import Settings, load_settings
from shared.errors import PickupError
from shared.observe import init_logs, init_sentry, report
from shared.wiring import open_services
from webhooks.rooms import rooms_of

EVERY_SECONDS = 2.0
"""A caller without an agent hears it ring for eight."""


async def heal_forever(healer: Healer, every_seconds: float) -> None:
    """Until it is cancelled. What can't be done now is reported, and tried again at the next pass."""
    while True:
        try:
            await healer.heal()
        except PickupError as error:
            report(error, action="heal")
        await asyncio.sleep(every_seconds)


async def serve(settings: Settings, every_seconds: float) -> None:
    ending, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    async with open_services(settings) as services:
        healing = asyncio.create_task(
            heal_forever(Healer(rooms_of(services), services.leases), every_seconds), name="reaper"
        )
        ended = asyncio.create_task(ending.wait(), name="end of the reaper")
        print(json.dumps({"ready": {}}), flush=True)
        await asyncio.wait((healing, ended), return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        healing.cancel()
        await asyncio.wait((healing, ended))
        if not healing.cancelled():
            healing.result()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m webhooks.reaper", description=__doc__)
    parser.add_argument("--every", type=float, default=EVERY_SECONDS, help="seconds between two passes")
    arguments = parser.parse_args()
    settings = load_settings(("database", "redis", "livekit"))
    init_logs(settings)
    init_sentry(settings)
    asyncio.run(serve(settings, arguments.every))


if __name__ == "__main__":
    main()
