"""`python -m lab.gateway --sip HOST:PORT`: reads one line of JSON (the secrets) from stdin, says `ready` on stdout.

SIGTERM: no more calls, those that run may end within `--drain` seconds. SIGINT: all calls end now.
"""

import argparse
import asyncio
import json
import logging
import sys

from lab.base.process import Stopping, init_logs
from lab.gateway.call import Patience
from lab.gateway.gateway import Gateway, Options
from lab.gateway.server import Server
from shared.errors import PickupError


def _options(arguments: argparse.Namespace, told: dict[str, str]) -> Options:
    host, _, port = arguments.sip.rpartition(":")
    return Options(
        server=Server(told["livekit_url"], told["api_key"], told["api_secret"]),
        redis_url=told["redis_url"],
        host=host,
        port=int(port),
        patience=Patience(arguments.media_timeout_initial, arguments.media_timeout),
    )


async def _run(options: Options, drain_seconds: float) -> None:
    stopping = Stopping()
    async with Gateway(options) as gateway:
        print(json.dumps({"ready": {"sip": gateway.address}}), flush=True)
        await stopping.wait(lambda: gateway.drain(drain_seconds))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.gateway", description=__doc__)
    parser.add_argument("--sip", default="127.0.0.1:0", metavar="HOST:PORT", help="where to listen; port 0: a free one")
    parser.add_argument("--drain", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--media-timeout-initial", type=float, default=Patience.before_first, metavar="SECONDS")
    parser.add_argument("--media-timeout", type=float, default=Patience.after, metavar="SECONDS")
    arguments = parser.parse_args()
    init_logs()
    logging.getLogger("livekit").setLevel(logging.WARNING)
    try:
        told = json.loads(sys.stdin.readline() or "{}")
        options = _options(arguments, told)
    except (ValueError, KeyError) as error:
        print(
            f"pickup: stdin must be one line of JSON with livekit_url, api_key, api_secret and redis_url ({error})",
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
