"""When workers are ordered, who has the turn, and what is provisioned."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from background.entrance import open_entrance
from background.turn import own_turn
from background.workers import START_SECONDS, WorkerOrders
from shared.adapters.memory import MemorySwitchboard
from shared.config import Settings, changed
from shared.domain.staffing import AHEAD
from shared.domain.telephony.rooms import Provisioned, TrunkPlan
from shared.errors import SwitchboardError
from shared.ports import WorkerBeat
from shared.services import Services
from shared.wiring import open_services

STAGE, RELEASE = "preview-blue", "r2"


class Platform:
    """Takes orders, or fails."""

    def __init__(self, error: Exception | None = None, fails_after: int = 0) -> None:
        self.orders: list[tuple[str, float]] = []
        self._error = error
        self._fails_after = fails_after

    async def __call__(self, worker_id: str, too_late_at: float) -> None:
        if self._error and len(self.orders) >= self._fails_after:
            raise self._error
        self.orders.append((worker_id, too_late_at))


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings.model_copy(update={"stage": STAGE, "release": RELEASE})) as opened:
        yield opened


def beat(worker_id: str = "w1", **changes: Any) -> WorkerBeat:
    told = {"worker_id": worker_id, "stage": STAGE, "release": RELEASE, "calls": 0, "capacity": 4}
    return WorkerBeat(**(told | {"at": datetime.now(UTC)} | changes))


async def ordered(services: Services, platform: Platform, workers: int = 20, containers: int = 40) -> int:
    return await WorkerOrders(services, platform, workers, containers).order()


SOON = datetime.now(UTC) + AHEAD / 2
LATER = datetime.now(UTC) + timedelta(hours=9)


@pytest.mark.parametrize(
    ("beats", "expected"),
    [
        ([], 1),
        ([beat()], 0),
        ([beat(registered=False)], 0),
        ([beat(draining=True)], 1),
        ([beat(release="r1")], 1),
        ([beat(release="r1"), beat("w2")], 0),
        ([beat(calls=3)], 1),
        ([beat(calls=4), beat("w2", calls=2)], 0),
        ([beat(f"w{n}", calls=4) for n in range(10)], 3),
        ([beat(retires_at=SOON)], 1),
        ([beat(retires_at=LATER)], 0),
        ([beat(retires_at=SOON), beat("w2")], 0),
        ([beat(f"w{n}", calls=4, retires_at=SOON) for n in range(3)], 4),
    ],
)
async def test_given_workers_when_looked_at_then_as_many_are_ordered_as_load_and_head_room_want(
    services: Services, beats: list[WorkerBeat], expected: int
) -> None:
    for each in beats:
        await services.workers.beat(each)
    platform = Platform()
    assert await ordered(services, platform) == expected
    assert len(platform.orders) == expected


async def test_given_workers_on_their_way_when_looked_again_then_they_are_counted_until_they_have_come(
    services: Services,
) -> None:
    await services.workers.beat(beat(calls=4))
    platform, before = Platform(), datetime.now(UTC).timestamp()
    for _ in range(3):
        await ordered(services, platform)
    ((first, too_late_at),) = platform.orders
    assert before <= too_late_at - START_SECONDS <= datetime.now(UTC).timestamp()
    # it comes, and has its calls at once: it is counted once, as what it says of itself
    await services.workers.beat(beat(first, calls=3))
    assert await ordered(services, platform) == 1


async def test_given_two_watchdogs_when_they_look_at_once_then_no_worker_is_ordered_twice(services: Services) -> None:
    platform = Platform()
    await asyncio.gather(*(ordered(services, platform) for _ in range(8)))
    assert len(platform.orders) == 1


@pytest.mark.parametrize(("workers", "containers", "expected"), [(20, 40, 5), (11, 40, 1), (20, 12, 2), (10, 40, 0)])
async def test_given_more_calls_than_may_be_served_when_looked_at_then_no_limit_is_passed(
    services: Services, workers: int, containers: int, expected: int
) -> None:
    for number in range(10):
        await services.workers.beat(beat(f"w{number}", calls=4, capacity=3))
    assert await ordered(services, Platform(), workers, containers) == expected


async def test_given_an_order_that_fails_when_looked_again_then_it_is_tried_at_once(services: Services) -> None:
    for number in range(10):
        await services.workers.beat(beat(f"w{number}", calls=4))
    assert await ordered(services, Platform(ConnectionError("Modal is away"), fails_after=1)) == 1
    assert await ordered(services, Platform()) == 2, "the one that was ordered is on its way"


async def test_given_no_redis_when_looked_at_then_none_is_ordered_as_those_that_live_can_t_be_seen(
    settings: Settings,
) -> None:
    platform = Platform()
    async with open_services(changed(settings, redis_url="redis://127.0.0.1:1/0")) as services:
        assert await ordered(services, platform) == 0
    assert platform.orders == []


# ---- the turn


async def test_given_one_that_has_the_turn_when_another_comes_then_it_waits_for_its_end(services: Services) -> None:
    order: list[str] = []
    begun = asyncio.Event()

    async def first() -> None:
        async with own_turn(services.leases):
            order.append("first begins")
            begun.set()
            await asyncio.sleep(0.3)
            order.append("first ends")

    async def second() -> None:
        await begun.wait()
        async with asyncio.timeout(5), own_turn(services.leases):
            order.append("second begins")

    await asyncio.gather(first(), second())
    assert order == ["first begins", "first ends", "second begins"]


async def test_given_no_redis_when_a_turn_is_wanted_then_the_stage_is_maintained_all_the_same(
    settings: Settings,
) -> None:
    async with (
        open_services(changed(settings, redis_url="redis://127.0.0.1:1/0")) as services,
        asyncio.timeout(5),
        own_turn(services.leases),
    ):
        pass


# ---- trunk and rule


class Entrance(MemorySwitchboard):
    def __init__(self, error: SwitchboardError | None = None) -> None:
        super().__init__()
        self.plans: list[TrunkPlan] = []
        self._refusal = error

    async def provision(self, plan: TrunkPlan) -> Provisioned:
        if self._refusal:
            raise self._refusal
        self.plans.append(plan)
        return Provisioned("ST_1", "SDR_1", ("made trunk ST_1",))


class Numbers:
    def __init__(self, *dids: str) -> None:
        self._dids = dids

    async def dids(self, stage: str) -> tuple[str, ...]:
        return self._dids


LIVEKIT = {"livekit_url": "ws://127.0.0.1:1", "livekit_api_key": "k", "livekit_api_secret": "s" * 32}


def at_the_entrance(services: Services, switchboard: Entrance, *dids: str) -> Services:
    settings = changed(services.settings, **LIVEKIT, sip_peers="192.0.2.0/24")
    return replace(services, settings=settings, switchboard=switchboard, directory=Numbers(*dids))  # type: ignore[arg-type]


async def test_given_numbers_of_the_stage_when_it_is_opened_then_trunk_and_rule_are_made_for_them_and_the_carrier(
    services: Services,
) -> None:
    switchboard = Entrance()
    await open_entrance(at_the_entrance(services, switchboard, "+12065550105"))
    (plan,) = switchboard.plans
    assert (plan.stage, plan.dids, plan.agent_name) == (STAGE, ("+12065550105",), f"pickup-{STAGE}")
    assert plan.peers == ("192.0.2.0/24",)


@pytest.mark.parametrize(
    ("dids", "refusal"), [((), None), (("+12065550105",), SwitchboardError("it rings at another trunk", 409))]
)
async def test_given_no_number_or_a_refusal_when_it_is_opened_then_the_other_duties_go_on(
    services: Services, dids: tuple[str, ...], refusal: SwitchboardError | None
) -> None:
    switchboard = Entrance(refusal)
    await open_entrance(at_the_entrance(services, switchboard, *dids))
    assert switchboard.plans == []
