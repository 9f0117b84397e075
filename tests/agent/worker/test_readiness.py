"""What a worker loads before it takes calls: without it none comes to it, and a stock is warm before the first one."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from livekit.agents import AgentServer

from agent.worker import readiness
from agent.worker.readiness import ALERT, warm_all
from agent.worker.retirement import Shift
from agent.worker.server import Worker
from shared.config import changed
from shared.domain.tenant import DEMO_TENANT, Listing, Tenant
from shared.errors import DirectoryError
from shared.ports import Loading
from shared.services import Services
from shared.tasks import cancelled

RENTAL = "00000000-0000-4000-b000-000000000011"


class Refusing:
    """The directory, whose look-up of one number or tenant fails until `mended`."""

    def __init__(self, directory: Any, broken: str) -> None:
        self._directory = directory
        self._broken = broken
        self.mended = False
        self.loaded: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._directory, name)

    async def listing(self, did: str, caller: str) -> Listing | None:
        self._look(did)
        return await self._directory.listing(did, caller)

    async def tenant(self, tenant_id: str) -> Tenant | None:
        self._look(tenant_id)
        return await self._directory.tenant(tenant_id)

    def _look(self, wanted: str) -> None:
        if wanted == self._broken and not self.mended:
            raise DirectoryError("no relationship found", "PGRST200")
        self.loaded.append(wanted)


@pytest.mark.requirement("PT-24")
@pytest.mark.parametrize("broken", [DEMO_TENANT, "+12065550160", RENTAL])
async def test_given_a_loader_that_fails_for_one_number_then_the_worker_registers_only_once_it_is_mended(
    services: Services, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registering = asyncio.Event()

    async def registers(*_: Any, **__: Any) -> None:
        registering.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(AgentServer, "run", registers)
    monkeypatch.setattr(readiness, "AGAIN_SECONDS", 0.02)
    livekit = {"livekit_url": "ws://127.0.0.1:9", "livekit_api_key": "key", "livekit_api_secret": "s" * 32}
    directory: Any = Refusing(services.directory, broken)
    of_worker = replace(services, directory=directory, settings=changed(services.settings, **livekit))
    ending = asyncio.Event()
    running = asyncio.create_task(Worker(of_worker, Shift("w1", time.monotonic(), 1.0)).run(ending))
    try:
        async with asyncio.timeout(20):
            while not [each for each in await services.alerts.open_alerts() if each.key == ALERT]:
                await asyncio.sleep(0.02)
            assert not registering.is_set()
            (alert,) = [each for each in await services.alerts.open_alerts() if each.key == ALERT]
            assert (alert.severity, alert.fields) == ("page", {"error": "no relationship found"})
            directory.mended = True
            await registering.wait()
            assert ALERT not in {each.key for each in await services.alerts.open_alerts()}
            assert {DEMO_TENANT, *await services.directory.dids("local")} <= set(directory.loaded)
            ending.set()
            assert await running == 0
    finally:
        await cancelled(running)


@pytest.mark.requirement("RP-15")
async def test_given_a_worker_that_starts_then_each_rentals_stock_is_loaded_before_the_first_call(
    services: Services,
) -> None:
    name = f"equipment:{RENTAL}"
    assert await services.snapshots.find(name, "a call") is Loading.OURS
    await services.snapshots.give_up(name, "a call")
    await warm_all(services)
    copy: Any = await services.snapshots.find(name, "a call")
    assert len(copy.value["items"]) > 3
