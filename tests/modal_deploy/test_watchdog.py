"""When a worker is started."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from background.workers import start_missing
from shared.config import Settings, changed
from shared.ports import WorkerBeat
from shared.services import Services
from shared.wiring import open_services

STAGE, RELEASE = "preview-blue", "r2"


class Starter:
    """Counts, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.started = 0
        self._error = error

    async def __call__(self) -> None:
        if self._error:
            raise self._error
        self.started += 1


@pytest.fixture
async def services(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings.model_copy(update={"stage": STAGE, "release": RELEASE})) as opened:
        yield opened


def beat(**changes: Any) -> WorkerBeat:
    told = {"worker_id": "w1", "stage": STAGE, "release": RELEASE, "calls": 0, "capacity": 4, "at": datetime.now(UTC)}
    return WorkerBeat(**(told | changes))


@pytest.mark.parametrize(
    ("beats", "started"),
    [
        ([], 1),
        ([beat()], 0),
        ([beat(registered=False)], 0),
        ([beat(draining=True)], 1),
        ([beat(release="r1")], 1),
        ([beat(release="r1"), beat(worker_id="w2")], 0),
    ],
)
async def test_given_workers_when_looked_at_then_one_is_started_where_none_of_this_release_takes_calls(
    services: Services, beats: list[WorkerBeat], started: int
) -> None:
    for each in beats:
        await services.workers.beat(each)
    starter = Starter()
    await start_missing(services, starter)
    assert starter.started == started


async def test_given_a_worker_on_its_way_when_looked_again_then_no_other_is_started(services: Services) -> None:
    starter = Starter()
    for _ in range(3):
        await start_missing(services, starter)
    assert starter.started == 1


async def test_given_a_start_that_fails_when_looked_again_then_it_is_tried_at_once(services: Services) -> None:
    await start_missing(services, Starter(ConnectionError("Modal is away")))
    starter = Starter()
    await start_missing(services, starter)
    assert starter.started == 1


async def test_given_no_redis_when_looked_at_then_none_is_started_as_those_that_live_can_t_be_seen(
    settings: Settings,
) -> None:
    away = changed(settings, redis_url="redis://127.0.0.1:1/0")
    starter = Starter()
    async with open_services(away) as services:
        await start_missing(services, starter)
    assert starter.started == 0
