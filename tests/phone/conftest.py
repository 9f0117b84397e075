"""The whole system, as `pickup up` runs it, and telephones that dial it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from pickup_up import System, running, served
from pickup_world import bare, own_dir, pickup
from telephone import Telephone, telephone

from lab.carrier.control import CarrierControl

__all__ = ["bare", "own_dir", "pickup"]


@pytest.fixture(scope="session")
def running_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One for all tests of a process. A module whose system has other options overrides it with one of its own."""
    yield from running(tmp_path_factory.mktemp("up") / "data")


@pytest.fixture
async def system(running_system: System) -> AsyncIterator[System]:
    """All its processes up."""
    async with served(running_system) as system:
        await system.until(
            lambda: all(row["state"] == "ready" for row in system.state["processes"]), 40, "all processes ready"
        )
        yield system


@pytest.fixture
def started(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[System]]:
    """Starts a system of the test's own with these options of `pickup up`."""

    @asynccontextmanager
    async def with_options(*options: str) -> AsyncIterator[System]:
        with contextmanager(running)(tmp_path / "data", *options) as system:
            async with served(system):
                yield system

    return with_options


@pytest.fixture
async def phone(system: System) -> AsyncIterator[Telephone]:
    """Dials the system's SIP service. Not beside `carrier_phone`: a process has one SIP stack."""
    assert system.lab is not None
    async with telephone(system.sip, system.lab) as phone:
        yield phone


@pytest.fixture
async def carrier_phone(system: System) -> AsyncIterator[Telephone]:
    """Dials the carrier, which tells the system's webhooks."""
    assert system.lab is not None
    async with telephone(system.ready["carrier"], system.lab) as phone:
        yield phone


@pytest.fixture
async def desk(system: System) -> AsyncIterator[CarrierControl]:
    """The carrier's, without a fault before and after the test."""
    async with CarrierControl(system.ready["carrier_desk"]) as control:
        await control.clear()
        yield control
        await control.clear()
