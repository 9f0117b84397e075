"""A carrier for the tests of a module, and around it what each test needs anew."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from carrier_world import CarrierProcess, Customer, World, running_carrier
from sip_world import new_number

from lab.carrier.control import CarrierControl
from lab.sip.stack import Leg, SipStack


@pytest.fixture(scope="session")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CarrierProcess]:
    """Don't stop it."""
    with running_carrier(tmp_path_factory.mktemp("carrier")) as running:
        yield running


@pytest.fixture
async def world(carrier: CarrierProcess) -> AsyncIterator[World]:
    rung = asyncio.Queue[Leg]()
    async with (
        CarrierControl(carrier.api) as control,
        SipStack(on_call=rung.put_nowait) as stack,
        Customer(carrier) as customer,
    ):
        world = World(carrier, customer, control, stack, rung, new_number())
        await world.route()
        try:
            yield world
        finally:
            await control.clear()
