"""A client's connection: HTTP/1.1 by uvicorn and h11, with a deadline and limits against clients that hold it."""

import resource
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.observe import log

WAIT_SECONDS = 5
"""For the whole head of a request, from the connection's start or the answer before; and for an answer to be taken.
Single bytes that arrive meanwhile give no more time."""
MOST_HEAD_BYTES = 16 * 1024
MOST_CONNECTIONS = 1024
"""At one more the longest idle one is closed: a sender of webhooks writes its request at once, so it isn't that."""
BACKLOG = 1024
"""Connections that the kernel queues."""
ACCEPTED_AT_ONCE = 64
"""So many before anything else is done: requests that came meanwhile wait for a quarter of a millisecond each."""
_OTHER_FILES = 512
"""Of this process: stores, logs, libraries, and connections that were accepted but not counted yet."""
_FEWEST = 64
_LOG_SECONDS = 60.0
_VERSIONS = (b"1.0", b"1.1")


class Idle:
    """The connections of a server whose next request hasn't come whole; the longest idle first."""

    def __init__(self, most_connections: int = MOST_CONNECTIONS) -> None:
        self.most_connections = most_connections
        self.connections: dict[Connection, None] = {}
        self._logged_at = float("-inf")

    def make_room(self, now: float) -> None:
        """Closes the longest idle one. `now`: the loop's time."""
        if now - self._logged_at >= _LOG_SECONDS:
            self._logged_at = now
            log.warning("connections full, idle ones closed", action="http", most=self.most_connections)
        oldest = next(iter(self.connections), None)
        if oldest is not None:
            del self.connections[oldest]
            oldest.transport.abort()


class Connection(H11Protocol):
    """uvicorn's keep-alive timer is the deadline: it runs from the start on, and only a whole head stops it."""

    def __init__(self, *args: Any, idle: Idle, **named: Any) -> None:
        super().__init__(*args, **named)
        self.conn = _Requests(h11.SERVER, MOST_HEAD_BYTES)
        self._idle = idle
        self._stalled: Any = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._idle.connections[self] = None
        self._start_deadline()
        if len(self.connections) > self._idle.most_connections:
            self._idle.make_room(self.loop.time())

    def connection_lost(self, exc: Exception | None) -> None:
        self._idle.connections.pop(self, None)
        self._unset_keepalive_if_required()
        self._writable()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # uvicorn's own stops the timer here, at any byte
        self.conn.receive_data(data)
        self.handle_events()

    def handle_events(self) -> None:
        super().handle_events()
        request = self.cycle
        if request is not None and not request.more_body and not request.response_complete:
            self._idle.connections.pop(self, None)

    def on_response_complete(self) -> None:
        self._idle.connections[self] = None
        super().on_response_complete()
        if self.transport.is_closing():
            self._start_deadline()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(WAIT_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._writable()

    def timeout_keep_alive_handler(self) -> None:
        # not `close`, which waits for a client that doesn't read
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            # the answer has begun, or was given before the request's body broke
            self.transport.abort()
            return
        if self.cycle is not None:
            # its handler may still run, and must not answer too
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        super().send_400_response(msg)
        self._start_deadline()

    def _start_deadline(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(WAIT_SECONDS, self.timeout_keep_alive_handler)

    def _writable(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class _Requests(h11.Connection):
    """Refuses what h11 lets pass, and what proxies in front of it may read in another way."""

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request) and (why := _unfit(event)):
            raise h11.RemoteProtocolError(why)
        return event


def _unfit(request: h11.Request) -> str:
    """Why a request is refused; empty for one that isn't."""
    names = [name for name, _ in request.headers]
    # h11 limits a head that isn't whole yet; one that came in one piece may be larger
    size = len(request.target) + sum(len(name) + len(value) + 4 for name, value in request.headers)
    if size > MOST_HEAD_BYTES:
        return "the head is too large"
    if request.http_version not in _VERSIONS:
        return "not HTTP/1.1"
    if b"transfer-encoding" in names and (b"content-length" in names or request.http_version == b"1.0"):
        return "two lengths of the body"
    return ""


def raise_file_limit() -> int:
    """Lets this process have a file for each connection, as far as the system permits; how many connections fit."""
    wanted = MOST_CONNECTIONS + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    now, allowed = (wanted if limit == resource.RLIM_INFINITY else min(limit, wanted) for limit in (soft, hard))
    if now < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    fitting = min(MOST_CONNECTIONS, max(allowed - _OTHER_FILES, _FEWEST))
    if fitting < MOST_CONNECTIONS:
        log.warning("few files allowed, so fewer connections", action="http", most=fitting, hard_limit=hard)
    return fitting
