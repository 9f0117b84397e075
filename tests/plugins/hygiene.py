"""What every test is held to, unasked.

- No task outlives its test, and no coroutine goes un-awaited.
- Nothing is reached but this machine: a connection elsewhere, or the look-up of a name, is refused, and fails the test
  even where the code under test swallowed the refusal. (Programs started by a test aren't watched.)
- Ctrl-C reaches the programs that tests start, also where a runner in the background ignores it.
- With CI=true a skip for want of a tool fails: `pytest.skip("needs npm: …")`, a reason that begins with `needs`.
"""

import asyncio
import inspect
import ipaddress
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

GRACE_SECONDS = 0.25
"""A task that ends within this time after its test isn't a leak, only slow in ending."""

_LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost", socket.gethostname()})


class NetworkRefused(ConnectionRefusedError):
    """A test reached for another machine."""


_refused: list[str] = []
_refused_lock = threading.Lock()


def is_local(family: int, address: Any) -> bool:
    """Whether a socket address lies on this machine: a Unix socket, the loopback, or no address at all."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    return is_local_name(address[0])


def is_local_name(host: str | bytes | None) -> bool:
    """Whether a host name or an address in text is this machine's own."""
    text = (host.decode(errors="replace") if isinstance(host, bytes) else host or "").split("%")[0].lower()
    if text in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def _refuse(what: str) -> NetworkRefused:
    with _refused_lock:
        _refused.append(what)
    return NetworkRefused(f"tests reach nothing but the loopback; this was {what}")


def _guard_sockets() -> Callable[[], None]:
    """Refuses what isn't local from now on; returns what puts the old state back."""
    plain = socket.socket
    connect, connect_ex, sendto, look_up = plain.connect, plain.connect_ex, plain.sendto, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if not is_local(self.family, address):
            raise _refuse(f"a connection to {address}")
        return connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if not is_local(self.family, address):
            raise _refuse(f"a connection to {address}")
        return connect_ex(self, address)

    def guarded_sendto(self: socket.socket, data: Any, *rest: Any) -> int:
        if not is_local(self.family, rest[-1]):
            raise _refuse(f"a datagram to {rest[-1]}")
        return sendto(self, data, *rest)

    def guarded_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        if not is_local_name(host):
            raise _refuse(f"a look-up of {host}")
        return look_up(host, *rest, **named)

    def restore() -> None:
        plain.connect, plain.connect_ex, plain.sendto = connect, connect_ex, sendto
        socket.getaddrinfo = look_up

    plain.connect, plain.connect_ex, plain.sendto = guarded_connect, guarded_connect_ex, guarded_sendto
    socket.getaddrinfo = guarded_look_up
    return restore


def pytest_configure(config: pytest.Config) -> None:
    config.add_cleanup(_guard_sockets())
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # a shell gives it so to what it runs in the background, and children would take it over
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # The interpreter reports such a coroutine where nobody can catch it; pytest makes a warning of that.
    config.addinivalue_line("filterwarnings", "error:coroutine .* was never awaited:RuntimeWarning")
    config.addinivalue_line("filterwarnings", "error::pytest.PytestUnraisableExceptionWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            # First set up, so last torn down: the tasks that fixtures own have ended by then.
            item.fixturenames.insert(0, "no_leaked_tasks")


@pytest.fixture
async def no_leaked_tasks() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=GRACE_SECONDS)
    if left:
        names = "\n".join(f"  {task.get_name()}: {task.get_coro()}" for task in left)
        pytest.fail(f"{len(left)} task(s) outlived the test:\n{names}", pytrace=False)


@pytest.fixture(autouse=True)
def no_outside_network() -> Iterator[None]:
    with _refused_lock:
        _refused.clear()
    yield
    with _refused_lock:
        reached = list(dict.fromkeys(_refused))
        _refused.clear()
    if reached:
        pytest.fail(f"tests reach nothing but the loopback; there was {', '.join(reached)}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    report: pytest.TestReport = yield
    if report.skipped and not hasattr(report, "wasxfail") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith("needs ") and _under_ci():
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} may not be skipped with CI=true: {reason}"
    return report


def _under_ci() -> bool:
    from shared.config import under_ci  # Here, as it costs every start of pytest 0.3 s.

    return under_ci()
