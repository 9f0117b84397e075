"""`python -m lab.gateway --sip HOST:PORT`: connects SIP calls with LiveKit rooms.

Reads one line of JSON from standard input (the secrets) and prints the ready line. SIGTERM: no new calls, running ones
may end within `--drain` seconds. SIGINT: all calls end now.
"""

import argparse
import logging
from functools import partial

from lab.base.process import Stopping, run
from lab.gateway.call import Patience
from lab.gateway.gateway import Gateway, Options
from lab.gateway.server import Server
from shared.process import announce, leave


def _options(arguments: argparse.Namespace, line: dict[str, str]) -> Options:
    host, _, port = arguments.sip.rpartition(":")
    return Options(
        server=Server(line["livekit_url"], line["api_key"], line["api_secret"]),
        redis_url=line["redis_url"],
        host=host,
        port=int(port),
        patience=Patience(arguments.media_timeout_initial, arguments.media_timeout),
    )


async def _serve(drain_seconds: float, options: Options) -> None:
    with Stopping() as stopping:
        async with Gateway(options) as gateway:
            announce(sip=gateway.address)
            await stopping.wait(lambda: gateway.drain(drain_seconds))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.gateway", description=__doc__)
    parser.add_argument("--sip", default="127.0.0.1:0", metavar="HOST:PORT", help="where to listen; port 0: a free one")
    parser.add_argument("--drain", type=float, default=30.0, metavar="SECONDS")
    parser.add_argument("--media-timeout-initial", type=float, default=Patience.before_first, metavar="SECONDS")
    parser.add_argument("--media-timeout", type=float, default=Patience.after, metavar="SECONDS")
    arguments = parser.parse_args()
    logging.getLogger("livekit").setLevel(logging.WARNING)
    fields = "livekit_url, api_key, api_secret and redis_url"
    return run(partial(_options, arguments), partial(_serve, arguments.drain), fields)


if __name__ == "__main__":
    leave(main())
