"""`python -m webhooks --host 127.0.0.1 --port 0`: serves HTTP until SIGTERM or Ctrl-C.

Prints one line of JSON, `{"ready": {"url": …}}`, when it can be used. At its end, running requests get 10 s to finish.
Exit code 2 when the settings can't be used.
"""

import argparse
import asyncio
import logging
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import cast

import uvicorn

from shared.config import Settings
from shared.process import announce, run
from shared.tasks import Tasks
from shared.wiring import open_services, refuse_foreign_redis
from webhooks.app import create_app
from webhooks.connection import ACCEPTED_AT_ONCE, BACKLOG, WAIT_SECONDS, Connection, Idle, raise_file_limit

FINISH_SECONDS = 10


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            # asyncio accepts as many at once as it lets queue: the queue is made longer behind its back
            listening.listen(BACKLOG)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield  # `serve` ends it: a second signal means the same as the first


async def serve(host: str, port: int, settings: Settings, ending: asyncio.Event) -> None:
    """Port 0 takes a free one."""
    await refuse_foreign_redis(settings)
    idle = Idle(raise_file_limit())
    listening = socket.create_server((host, port), backlog=BACKLOG)
    # asyncio doesn't set it on what is accepted here, and an answer could wait 40 ms for an ACK
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    async with open_services(settings) as services:
        config = uvicorn.Config(
            create_app(services),
            # any callable will do: the server calls it with what it knows of itself
            http=cast("type[asyncio.Protocol]", partial(Connection, idle=idle)),
            # an upgraded connection would leave the deadline behind
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level=logging.WARNING,
            backlog=ACCEPTED_AT_ONCE,
            timeout_keep_alive=WAIT_SECONDS,
            timeout_graceful_shutdown=FINISH_SECONDS,
            server_header=False,
        )
        server = _Server(config)
        async with Tasks() as tasks:
            serving = tasks.start("HTTP of the webhooks", lambda: server.serve([listening]))
            ended = tasks.start("signal to end", ending.wait)
            # whoever connects before the server has begun is queued
            announce(url=f"http://{host}:{listening.getsockname()[1]}")
            await asyncio.wait((serving, ended), return_when=asyncio.FIRST_COMPLETED)
            server.should_exit = True
            await serving


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m webhooks", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    arguments = parser.parse_args()
    return run("webhooks", partial(serve, arguments.host, arguments.port))


if __name__ == "__main__":
    sys.exit(main())
