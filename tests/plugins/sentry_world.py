"""The lab's receiver of Sentry's events, by itself: what came over the wire, from whatever process."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from lab.providers.sentry import Sentry
from shared.config import Settings
from shared.observe import init_sentry, report


class Receiver:
    def __init__(self, url: str, items: Iterable[dict[str, Any]]) -> None:
        self.dsn = url.replace("://", "://public@") + "/1"
        self._items = items

    @property
    def events(self) -> list[dict[str, Any]]:
        return [item["payload"] for item in list(self._items) if item["type"] == "event"]

    @property
    def wire(self) -> str:
        """All that came."""
        return json.dumps([item["payload"] for item in list(self._items)])

    async def event(self, which: Callable[[dict[str, Any]], bool], seconds: float = 15.0) -> dict[str, Any]:
        """The first such event, when it has come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for event in self.events:
                if which(event):
                    return event
            await asyncio.sleep(0.05)
        raise AssertionError(f"no such event among {[kind_of(event) for event in self.events]}")


def kind_of(event: dict[str, Any]) -> tuple[str, str]:
    """The type of its error, and of the process that told it."""
    values = (event.get("exception") or {}).get("values") or [{}]
    return str(values[-1].get("type")), str((event.get("tags") or {}).get("process"))


def report_and_leave(settings: Settings, call_id: str) -> None:
    """What a job process does whose call ends with an error."""
    init_sentry(settings)
    report(RuntimeError("the last one"), call_id=call_id)


@contextmanager
def receiving() -> Iterator[Receiver]:
    told = Sentry()
    app = Starlette(routes=[Route("/api/{project:int}/envelope/", told.envelope, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    (listening,) = server.servers[0].sockets
    yield Receiver(f"http://127.0.0.1:{listening.getsockname()[1]}", told.items)
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def sentry() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
