"""Structured logs, and errors reported to Sentry without personal data."""

import hmac
import logging
import math
import re
import secrets
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.util import Finalize
from types import TracebackType
from typing import Any, TextIO, cast

import sentry_sdk
import structlog
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.types import Event, Hint
from structlog.typing import EventDict

from shared.config import Settings
from shared.errors import PickupError
from shared.redaction import keyed_mask, masked, scrubbed

REPEAT_SECONDS = 60.0
"""The same error goes to Sentry once in this time, with a count of those that were held back before."""
FLUSH_SECONDS = 2.0
"""For the last errors of a process to be sent."""
_COUNT_SECONDS = 3600.0

log: structlog.stdlib.BoundLogger = structlog.get_logger("pickup")
"""Static text plus fields: `log.info("call answered", action="answer", call_id=…)`. Personal data only in `pii={…}`."""


_LIBRARY_FIELDS = ("call_id", "stage", "release", "job_id", "room", "pid")


def init_logs(
    settings: Settings, *, file: TextIO | None = None, as_json: bool | None = None, level: int = logging.INFO
) -> None:
    """Logs to `file`, else standard error: JSON lines, or for people where that is a terminal.

    `call_id` comes from contextvars. The libraries' own warnings go the same way, in the same shape. In a deployed
    stage no telephone number is written in full, not under `pii` either: a call's row in Postgres has those.
    """
    target = file or sys.stderr
    pretty = target.isatty() if as_json is None else not as_json

    def stamped(_: Any, method: str, event: EventDict) -> EventDict:
        # not bound as contextvars: what is called by a server that isn't ours has a context of its own
        return {"stage": settings.stage, "release": settings.release, **event}

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        stamped,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: list[Any] = []
    if settings.stage != "local":
        last.append(_masking(settings))
        sys.excepthook = _log_uncaught
    rendered: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    others = logging.StreamHandler(target)
    others.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            # of what a library adds only what can't be personal data
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(_LIBRARY_FIELDS), structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last, rendered],
        )
    )
    logging.basicConfig(handlers=[others], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[*shared, *last, rendered],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Writes an error that nobody caught as a line of the log: Python's own words would hold numbers in full."""
    if issubclass(kind, Exception):
        log.critical("error not caught", action="exit", exc_info=(kind, error, traceback))
    else:
        sys.__excepthook__(kind, error, traceback)


def _masking(settings: Settings) -> Any:
    """The last processor before a line is written. The same number has the same hash in all processes of the stage."""
    signing = settings.signing
    secret = signing.listed[0].encode() if signing else secrets.token_bytes(32)
    shown = keyed_mask(hmac.digest(secret, f"pickup numbers in logs of {settings.stage}".encode(), "sha256"))

    def masking(_: Any, method: str, event: EventDict) -> EventDict:
        return masked(event, shown)

    return masking


def init_sentry(settings: Settings) -> None:
    """Errors go to Sentry, where it is configured, without personal data."""
    if settings.sentry is None:
        return
    sentry_sdk.init(
        dsn=settings.sentry.dsn.get_secret_value(),
        environment=settings.stage,
        release=settings.release,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        # they load every library that is installed and that they know: 1.5 s of a worker's start, and of each job's
        auto_enabling_integrations=False,
        # a copy of the scope for each piece of work of a thread: the voice-activity detector has 30 a second a call
        integrations=[ThreadingIntegration(propagate_scope=False)],
        server_name="",
        before_send=_before_send({"stage": settings.stage, "release": settings.release}),
        before_breadcrumb=lambda crumb, _: scrubbed(crumb),
        shutdown_timeout=FLUSH_SECONDS,
    )
    if parent_process() is not None:
        sentry_sdk.get_global_scope().set_tag("process", "job")
        # a child of multiprocessing leaves without what `atexit` knows, which is where the SDK sends what waits
        Finalize(None, flush, exitpriority=0)


@contextmanager
def reporting(settings: Settings, process: str) -> Generator[None]:
    """Logs and Sentry for a process of this kind: an error that ends it is reported too, before the process is gone.

    Leaves no thread behind.
    """
    init_logs(settings)
    init_sentry(settings)
    sentry_sdk.get_global_scope().set_tag("process", process)
    try:
        yield
    except Exception as error:
        report(error, action=process)
        raise
    finally:
        # a container that is used again comes by here for each of its inputs, and each client has a thread
        sentry_sdk.get_client().close(FLUSH_SECONDS)
        sentry_sdk.get_global_scope().set_client(None)


def flush() -> None:
    """Waits for what was reported to be sent, a short time."""
    sentry_sdk.flush(FLUSH_SECONDS)


Listener = Callable[[BaseException, Mapping[str, Any]], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Generator[None]:
    """Calls `listener` with each error that this process reports, and its fields. It must not raise or wait."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def report(error: BaseException, **fields: Any) -> None:
    """Logs an error and tells Sentry. `fields` are ids (`call_id=`, `action=`); what only logs may hold is in `pii`.

    Never raises, never waits.
    """
    code = error.code if isinstance(error, PickupError) else type(error).__name__
    log.error("error", code=code, error=str(error), **fields)
    for listener in _listeners:
        listener(error, fields)
    context = structlog.contextvars.get_contextvars() | {k: v for k, v in fields.items() if k != "pii"}
    with sentry_sdk.new_scope() as scope:
        scope.set_tag("code", code)
        for name in ("call_id", "action"):
            if name in context:
                scope.set_tag(name, str(context[name]))
        scope.set_context("pickup", context)
        scope.capture_exception(error)


class _Throttle:
    """Lets the same key through once in `REPEAT_SECONDS`, from any thread."""

    def __init__(self) -> None:
        self._passed: dict[str, tuple[float, int]] = {}
        """When the key was last let through, and how often it was held back since."""
        self._lock = threading.Lock()

    def passes(self, key: str, now: float) -> int | None:
        """How many of this key were held back before this one; None where this one is to be held back."""
        with self._lock:
            self._forget(now)
            at, held = self._passed.get(key, (-math.inf, 0))
            if now - at < REPEAT_SECONDS:
                self._passed[key] = (at, held + 1)
                return None
            self._passed[key] = (now, 0)
            return held

    def _forget(self, now: float) -> None:
        """Drops keys that stayed silent; one with a count is kept for an hour, for the next event to report it."""
        self._passed = {
            key: (at, held)
            for key, (at, held) in self._passed.items()
            if now - at < (_COUNT_SECONDS if held else REPEAT_SECONDS)
        }


def _before_send(stamp: dict[str, str]) -> Callable[[Event, Hint], Event | None]:
    throttle = _Throttle()

    def allowed(event: Event, _: Hint) -> Event | None:
        tags = {**stamp, **_call(), **cast("dict[str, str]", event.get("tags") or {})}
        held_back = throttle.passes(_fingerprint(event, tags), time.monotonic())
        if held_back is None:
            return None
        whole: dict[str, Any] = {**event, "tags": tags, "extra": {**(event.get("extra") or {}), "held_back": held_back}}
        stamps = {
            name: event.get(name) for name in ("event_id", "timestamp", "release", "environment") if name in event
        }
        return cast(Event, scrubbed(whole) | stamps)

    return allowed


def _call() -> dict[str, str]:
    """Which call it is, for what libraries tell by themselves."""
    call_id = structlog.contextvars.get_contextvars().get("call_id")
    return {"call_id": str(call_id)} if call_id else {}


def _fingerprint(event: Event, tags: Mapping[str, str]) -> str:
    """The same trouble of the same call: type, text without its figures, and the call."""
    values = (event.get("exception") or {}).get("values") or [{}]
    # what a library logs has its message without the figures
    message = (event.get("logentry") or {}).get("message") or event.get("message")
    text = re.sub(r"\d+", "#", str(values[-1].get("value") or message or ""))
    return f"{values[-1].get('type')}|{text}|{tags.get('call_id', '')}"
