"""What a worker loads before it takes calls: without it none comes to it, and a stock is warm before the first one."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import AgentServer

from agent.worker import readiness
from agent.worker.readiness import ALERT, NUMBERS_ALERT, Loaded, load_all, until_loadable, warm_all
from agent.worker.retirement import Shift
from agent.worker.server import Worker
from shared.config import Settings, changed
from shared.domain.tenant import DEMO_TENANT, Listing, Tenant
from shared.errors import DirectoryError
from shared.ports import Loading
from shared.services import Services
from shared.tasks import cancelled
from shared.wiring import open_services

RENTAL = "00000000-0000-4000-b000-000000000011"


class Refusing:
    """The directory, whose look-up of the numbers and tenants in `broken` fails."""

    def __init__(self, directory: Any, *broken: str) -> None:
        self._directory = directory
        self.broken = set(broken)
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
        if wanted in self.broken:
            raise DirectoryError("no relationship found", "PGRST200")
        self.loaded.append(wanted)


@asynccontextmanager
async def started(services: Services, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Event]:
    """A worker starts; the event is set when it registers with LiveKit, which isn't there."""
    registering, ending = asyncio.Event(), asyncio.Event()

    async def registers(*_: Any, **__: Any) -> None:
        registering.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(AgentServer, "run", registers)
    for pause in ("AGAIN_SECONDS", "MEND_SECONDS"):
        monkeypatch.setattr(readiness, pause, 0.02)
    livekit = {"livekit_url": "ws://127.0.0.1:9", "livekit_api_key": "key", "livekit_api_secret": "s" * 32}
    of_worker = replace(services, settings=changed(services.settings, **livekit))
    running = asyncio.create_task(Worker(of_worker, Shift("w1", time.monotonic(), 1.0)).run(ending))
    try:
        async with asyncio.timeout(20):
            yield registering
            ending.set()
            assert await running == 0
    finally:
        await cancelled(running)


async def opened(services: Services, key: str, wanted: bool = True) -> Any:
    """The alert, once it is open; None once it isn't, where it isn't wanted."""
    while True:
        found = {each.key: each for each in await services.alerts.open_alerts()}.get(key)
        if (found is not None) is wanted:
            return found
        await asyncio.sleep(0.02)


@pytest.mark.requirement("PT-24", part="the check of every number; registration once one can be loaded")
async def test_given_no_number_can_be_loaded_then_the_worker_registers_once_one_can_and_a_page_names_the_others(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    dids = list(await services.directory.dids("local"))
    directory: Any = Refusing(services.directory, *dids)
    async with started(replace(services, directory=directory), monkeypatch) as registering:
        alert = await opened(services, ALERT)
        assert (alert.severity, alert.raised) == ("page", 1)
        assert alert.fields["error"].startswith(f"none of {len(dids)} numbers: ")
        assert not registering.is_set()

        owners = {did: await owner(services, did) for did in dids}
        directory.broken = {DEMO_TENANT, RENTAL}
        await registering.wait()
        await opened(services, ALERT, wanted=False)
        alert = await opened(services, NUMBERS_ALERT)
        failing = {did for did in dids if owners[did] in (DEMO_TENANT, RENTAL)}
        assert {line.split(": ")[0] for line in alert.fields["failed"]} == {DEMO_TENANT, *failing}
        assert failing < set(dids) and "no relationship found" in alert.fields["failed"][0]
        assert (alert.severity, alert.raised) == ("page", 1)

        directory.broken = set[str]()
        await opened(services, NUMBERS_ALERT, wanted=False)
        assert {DEMO_TENANT, *dids} <= set(directory.loaded)


async def test_given_a_store_that_does_not_say_which_numbers_there_are_then_the_worker_waits(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory: Any = Refusing(services.directory)
    answers = [DirectoryError("no relationship found", "PGRST200"), DirectoryError("connection refused", "08001")]

    async def known_dids(stage: str) -> Any:
        if answers:
            raise answers.pop(0)
        return await services.directory.known_dids(stage)

    directory.known_dids = known_dids
    monkeypatch.setattr(readiness, "AGAIN_SECONDS", 0.02)
    loaded = await until_loadable(replace(services, directory=directory))
    assert loaded.dids and not loaded.failed and not answers
    assert ALERT not in {each.key for each in await services.alerts.open_alerts()}


async def owner(services: Services, did: str) -> str | None:
    listing = await services.directory.listing(did, "")
    return listing and listing.tenant_id


@pytest.mark.parametrize(
    ("dids", "failed", "serves"),
    [((), (), True), ((), (DEMO_TENANT,), True), (("+1", "+2"), ("+1",), True), (("+1", "+2"), ("+1", "+2"), False)],
)
def test_a_worker_is_of_use_where_it_can_answer_one_number_or_there_are_none(
    dids: tuple[str, ...], failed: tuple[str, ...], serves: bool
) -> None:
    assert Loaded(dids, dict.fromkeys(failed, "malformed")).serves is serves


async def test_given_a_store_that_answers_slowly_then_what_was_loaded_in_time_counts(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "CHECK_SECONDS", 1.5)
    tenant, slow = services.directory.tenant, replace(services, directory=Refusing(services.directory))  # type: ignore[arg-type]

    async def hangs_for_demo(tenant_id: str) -> Tenant | None:
        return await (asyncio.Event().wait() if tenant_id == RENTAL else tenant(tenant_id))  # type: ignore[return-value]

    monkeypatch.setattr(slow.directory, "tenant", hangs_for_demo, raising=False)
    loaded = await load_all(slow)
    assert loaded.serves and "+12065550160" in loaded.failed
    assert loaded.failed["+12065550160"] == "not loaded within 1.5 s"


@pytest.mark.requirement("PT-19", part="a fresh machine serves the copies of the others")
async def test_given_a_fresh_machine_and_no_postgres_then_its_worker_registers_from_the_copies_in_redis(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    loaded = await load_all(services)
    assert loaded.dids and not loaded.failed
    fresh = changed(settings, data_dir=tmp_path / "fresh", database_url="postgresql://pickup:x@127.0.0.1:1/pickup")
    async with open_services(fresh) as elsewhere, asyncio.timeout(20):
        # the first machine puts its copies beside
        while (await _loaded(elsewhere)) != loaded.dids:
            await asyncio.sleep(0.05)
        tenant = await elsewhere.directory.tenant(RENTAL)
        assert tenant is not None and tenant.failure is not None and not tenant.stale
        assert (await until_loadable(elsewhere)).dids == loaded.dids


async def _loaded(services: Services) -> tuple[str, ...] | None:
    try:
        loaded = await load_all(services)
    except DirectoryError:
        return None
    return None if loaded.failed else loaded.dids


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
