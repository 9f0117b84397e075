"""The contract of LiveKit's SIP service: on our gateway, or on the service at `--sip HOST:PORT`.

`make sip-contract SIP=HOST:PORT LIVEKIT=ws://…` (key and secret: LIVEKIT_API_KEY, LIVEKIT_API_SECRET) points it at
another one. At the end a table tells each case and its result.
"""

import inspect
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sip_gateway import livekit, own_gateway
from sip_world import World

from lab.sip.stack import SipStack

MEDIA_TIMEOUT = (6.0, 4.0)
"""Of our gateway here: seconds without RTP before the first packet, and after one."""
_results: dict[str, tuple[str, str]] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("the contract of the SIP service")
    group.addoption("--sip", default=None, metavar="HOST:PORT", help="the service to test, if not our gateway")
    group.addoption("--livekit-url", default=None, metavar="URL", help="the server behind it")
    group.addoption("--sip-here", default="127.0.0.1", metavar="HOST", help="this machine's address as it sees it")


@pytest.fixture(scope="session")
def _world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    here = request.config.getoption("--sip-here", default="127.0.0.1")
    if sip := request.config.getoption("--sip", default=None):
        url = request.config.getoption("--livekit-url", default=None)
        key, secret = os.environ.get("LIVEKIT_API_KEY"), os.environ.get("LIVEKIT_API_SECRET")
        if not (url and key and secret):
            pytest.exit("--sip needs --livekit-url, LIVEKIT_API_KEY and LIVEKIT_API_SECRET", 2)
        yield World(sip, here, url, key, secret)
        return
    folder = tmp_path_factory.mktemp("contract")
    timeouts = ("--media-timeout-initial", f"{MEDIA_TIMEOUT[0]}", "--media-timeout", f"{MEDIA_TIMEOUT[1]}")
    with livekit(folder) as (server, store), own_gateway(folder, server, store.url, *timeouts) as gateway:
        yield World(gateway.sip, here, server.url, server.api_key, server.api_secret, media_timeout=MEDIA_TIMEOUT)


@pytest.fixture
async def world(_world: World) -> AsyncIterator[World]:
    """The service under test."""
    async with _world:
        yield _world


@pytest.fixture
async def phone(world: World) -> AsyncIterator[SipStack]:
    """A telephone before the service, in this process."""
    async with SipStack(world.here) as stack:
        yield stack


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    report: pytest.TestReport = yield
    if isinstance(item, pytest.Function) and "world" in item.fixturenames:
        case = inspect.getdoc(item.function) or item.name
        if report.when == "call" or report.outcome != "passed":
            said = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else ""
            case = case.splitlines()[0]
            if _results.get(case, ("",))[0] != "failed":
                _results[case] = (report.outcome, said.removeprefix("Skipped: "))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not _results:
        return
    where = config.getoption("--sip", default=None) or "our gateway"
    terminalreporter.section(f"the contract of the SIP service, on {where}")
    for case, (outcome, said) in _results.items():
        terminalreporter.line(f"{outcome:8} {case}{f' ({said})' if said else ''}")
