"""`python -m lab.carrier --sip HOST:PORT --http HOST:PORT`: a telephone company on the loopback.

Reads one line of JSON from standard input and prints the ready line. Fields: api_key, signing_seed (base64 of 32
bytes), routes, and optionally phones, speech_url, webhook_timeout_ms. SIGTERM: no new calls, running
ones may end within `--drain` seconds. SIGINT: all calls end now.
"""

import argparse
import logging
import sys
from functools import partial
from typing import Any

from lab.base.process import Stopping, run
from lab.carrier.carrier import Carrier, Options, options_of
from shared.process import announce


async def _serve(drain_seconds: float, options: Options) -> None:
    with Stopping() as stopping:
        async with Carrier(options) as carrier:
            announce(sip=carrier.sip, api=f"{carrier.http}/v2", public_key=carrier.public_key)
            await stopping.wait(lambda: carrier.drain(drain_seconds))


def _options(arguments: argparse.Namespace, line: dict[str, Any]) -> Options:
    addresses: dict[str, object] = {}
    for name, address in (("sip", arguments.sip), ("http", arguments.http)):
        host, _, port = address.rpartition(":")
        addresses |= {f"{name}_host": host, f"{name}_port": int(port)}
    return options_of(line, **addresses)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.carrier", description=__doc__)
    for name in ("sip", "http"):
        parser.add_argument(
            f"--{name}", default="127.0.0.1:0", metavar="HOST:PORT", help="where to listen; port 0: a free one"
        )
    parser.add_argument("--drain", type=float, default=30.0, metavar="SECONDS")
    arguments = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    fields = "api_key, signing_seed and routes"
    return run(partial(_options, arguments), partial(_serve, arguments.drain), fields)


if __name__ == "__main__":
    sys.exit(main())
