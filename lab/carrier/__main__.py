"""`python -m lab.carrier --sip HOST:PORT --http HOST:PORT`: reads one line of JSON from stdin, says `ready` on stdout.

Told are: api_key, signing_seed (base64 of 32 bytes), routes, and if need be phones, speech_url, webhook_pauses_ms and
webhook_timeout_ms. SIGTERM: no more calls, those that run may end within `--drain` seconds. SIGINT: all end now.
"""

import argparse
import asyncio
import json
import logging
import sys

from lab.base.process import Stopping, init_logs
from lab.carrier.carrier import Carrier, Options, options_of
from shared.errors import PickupError


async def _run(options: Options, drain_seconds: float) -> None:
    stopping = Stopping()
    async with Carrier(options) as carrier:
        ready = {"sip": carrier.sip, "api": f"{carrier.http}/v2", "public_key": carrier.public_key}
        print(json.dumps({"ready": ready}), flush=True)
        await stopping.wait(lambda: carrier.drain(drain_seconds))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.carrier", description=__doc__)
    for name in ("sip", "http"):
        parser.add_argument(
            f"--{name}", default="127.0.0.1:0", metavar="HOST:PORT", help="where to listen; port 0: a free one"
        )
    parser.add_argument("--drain", type=float, default=30.0, metavar="SECONDS")
    arguments = parser.parse_args()
    init_logs()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        addresses: dict[str, object] = {}
        for name, address in (("sip", arguments.sip), ("http", arguments.http)):
            host, _, port = address.rpartition(":")
            addresses |= {f"{name}_host": host, f"{name}_port": int(port)}
        options = options_of(json.loads(sys.stdin.readline() or "{}"), **addresses)
    except (ValueError, KeyError, TypeError) as error:
        print(
            f"pickup: stdin must be one line of JSON with api_key, signing_seed and routes ({error!r})",
            file=sys.stderr,
        )
        return 2
    try:
        asyncio.run(_run(options, arguments.drain))
    except PickupError as error:
        print(f"pickup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
