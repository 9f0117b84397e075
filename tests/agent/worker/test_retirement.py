"""When a worker retires: after its time, once another one takes calls."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.worker import retirement
from agent.worker.retirement import Retirement, Shift
from shared.config import Settings, changed
from shared.ports import WorkerBeat
from shared.services import Services
from shared.wiring import open_services

SOON = timedelta(minutes=1)


def shift(takes_calls_seconds: float | None) -> Shift:
    return Shift("w1", time.monotonic(), 15.0, takes_calls_seconds)


async def beat(services: Services, worker_id: str, **changes: Any) -> None:
    told = {"worker_id": worker_id, "stage": "local", "release": "r1", "calls": 0, "capacity": 4}
    await services.workers.beat(WorkerBeat(**(told | {"at": datetime.now(UTC)} | changes)))


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retirement, "LOOK_SECONDS", 0.05)


async def retires(services: Services, seconds: float | None = 0.0, within: float = 0.5) -> bool:
    try:
        async with asyncio.timeout(within):
            await Retirement(services, shift(seconds)).reached()
    except TimeoutError:
        return False
    return True


async def test_given_no_time_when_it_passes_then_the_worker_goes_on(services: Services) -> None:
    await beat(services, "w2")
    assert not await retires(services, None)
    assert Retirement(services, shift(None)).at is None


async def test_given_its_time_when_it_has_not_come_then_it_goes_on_and_says_when_it_will(services: Services) -> None:
    await beat(services, "w2")
    assert not await retires(services, 3600.0)
    at = Retirement(services, shift(3600.0)).at
    assert at is not None and abs(at - datetime.now(UTC) - timedelta(hours=1)) < SOON


@pytest.mark.parametrize(
    ("other", "retired"),
    [
        (None, False),
        ({"worker_id": "w1"}, False),
        ({"registered": False}, False),
        ({"ordered": True, "registered": False}, False),
        ({"draining": True}, False),
        ({"calls": 4}, False),
        ({"retires_at": datetime.now(UTC) + SOON}, False),
        ({}, True),
        ({"retires_at": datetime.now(UTC) + timedelta(hours=9)}, True),
    ],
)
async def test_given_its_time_has_come_when_another_takes_calls_then_it_hands_over_and_not_before(
    services: Services, other: dict[str, Any] | None, retired: bool
) -> None:
    await beat(services, "w1")
    if other is not None:
        await beat(services, **({"worker_id": "w2"} | other))
    assert await retires(services) is retired


async def test_given_nobody_to_hand_over_to_when_the_wait_is_over_then_it_retires_all_the_same(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retirement, "HANDOVER_SECONDS", 0.2)
    assert await retires(services, within=3.0)


async def test_given_no_redis_when_the_wait_is_over_then_it_retires_all_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retirement, "HANDOVER_SECONDS", 0.2)
    async with open_services(changed(settings, redis_url="redis://127.0.0.1:1/0")) as services:
        assert await retires(services, within=5.0)
