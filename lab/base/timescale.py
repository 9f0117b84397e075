"""Makes this process run faster than real time: scales all its clocks and waits by `speed`.

Call `install` before asyncio makes a loop and before livekit is imported. Audio stays intact at 8 for one call, at 4
for two at once. `datetime.now()` can't be scaled; write `datetime.fromtimestamp(time.time(), UTC)` for a time that
fits the other clocks. Thread joins and plain lock timeouts stay in real time.
"""

import queue
import select
import selectors
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

MAX_SPEED = 16.0

_installed = 1.0
_origin = 0.0
"""Seconds since 1970, by the unscaled clock, when it was scaled."""
_POLLERS = ("SelectSelector", "PollSelector", "DevpollSelector", "KqueueSelector")


def install(speed: float) -> None:
    """Scales time from now on; 1.0 does nothing. Raises ValueError, and RuntimeError if called too late."""
    global _installed, _origin
    if not 0 < speed <= MAX_SPEED:
        raise ValueError(f"the speed must be over 0 and at most {MAX_SPEED:g}, it is {speed:g}")
    if speed == _installed:
        return
    if _installed != 1.0:
        raise RuntimeError(f"time runs at {_installed:g} already, it can't be made {speed:g}")
    if "livekit.agents" in sys.modules:
        raise RuntimeError("time must be scaled before livekit is imported")
    _installed, _origin = speed, time.time()
    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name, _scaled(getattr(time, name), speed))
        setattr(time, f"{name}_ns", _scaled_ns(getattr(time, f"{name}_ns"), speed))
    _scale_waits(speed)


def speed() -> float:
    """The factor that `install` set; 1.0 without."""
    return _installed


def database_url(url: str) -> str:
    """The DSN of a lab's database, extended so that SQL's clock runs as this process's (supabase/local_clock.sql)."""
    if _installed == 1.0:
        return url
    clock = urlencode({"pickup.clock_speed": _installed, "pickup.clock_origin": f"{_origin:.6f}"})
    query = urlsplit(url).query
    return urlsplit(url)._replace(query=f"{query}&{clock}" if query else clock).geturl()


def _scaled(clock: Callable[[], float], speed: float) -> Callable[[], float]:
    origin = clock()
    return lambda: origin + (clock() - origin) * speed


def _scaled_ns(clock: Callable[[], int], speed: float) -> Callable[[], int]:
    origin = clock()
    return lambda: origin + int((clock() - origin) * speed)


def _scale_waits(speed: float) -> None:
    sleep, wait = time.sleep, threading.Condition.wait

    def scaled_wait(self: threading.Condition, timeout: float | None = None) -> bool:
        return wait(self, None if timeout is None else timeout / speed)

    def scaled_sleep(seconds: float) -> None:
        sleep(seconds / speed)

    time.sleep = scaled_sleep  # pyright: ignore[reportAttributeAccessIssue]
    threading.Condition.wait = scaled_wait  # pyright: ignore[reportAttributeAccessIssue]
    # these modules bound the clock to a name of their own at import
    setattr(threading, "_time", time.monotonic)  # noqa: B010
    setattr(queue, "time", time.monotonic)  # noqa: B010
    for name in _POLLERS:
        if poller := getattr(selectors, name, None):
            poller.select = _scaled_select(poller.select, speed)
    if epoll := getattr(selectors, "EpollSelector", None):
        epoll.select = _fine_select(epoll.select, speed)


def _scaled_select(original: Callable[..., Any], speed: float) -> Callable[..., Any]:
    def scaled(self: Any, timeout: float | None = None) -> Any:
        return original(self, timeout / speed if timeout else timeout)

    return scaled


def _fine_select(original: Callable[..., Any], speed: float) -> Callable[..., Any]:
    """epoll waits whole milliseconds, 8 of them at a speed of 8; select on its descriptor waits microseconds."""

    def scaled(self: Any, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return original(self, timeout)
        if self.fileno() >= 1024:
            return original(self, timeout / speed)
        select.select([self.fileno()], [], [], timeout / speed)
        return original(self, 0)

    return scaled
