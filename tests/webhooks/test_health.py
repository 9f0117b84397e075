"""Whether the process lives, and whether a call would be answered."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from webhooks_world import KEY, NOWHERE, SECRET, Process, Webhooks

from shared.adapters.memory import MemorySwitchboard
from shared.config import Settings, changed
from shared.errors import StoreUnavailable, SwitchboardError
from shared.ports import WorkerBeat
from shared.services import Services
from webhooks.app import create_app
from webhooks.health import CHECK_SECONDS, COPY_SECONDS


def beat(calls: int = 0, **changes: Any) -> WorkerBeat:
    return WorkerBeat("w1", "local", "test", calls, 6, datetime.now(UTC), **changes)


@asynccontextmanager
async def asked(services: Services, **changes: Any) -> AsyncGenerator[httpx.AsyncClient]:
    settings = changed(services.settings, livekit_url=NOWHERE, livekit_api_key=KEY, livekit_api_secret=SECRET)
    changes.setdefault("switchboard", MemorySwitchboard())
    app = create_app(replace(services, settings=settings, **changes))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        yield client


class Hanging:
    """A port that never answers."""

    def __getattr__(self, name: str) -> Any:
        async def never(*asked: Any) -> None:
            await asyncio.Event().wait()

        return never


class Away:
    """A port that can't be reached."""

    def __getattr__(self, name: str) -> Any:
        async def fail(*asked: Any) -> None:
            raise StoreUnavailable("no connection", "08006")

        return fail


@pytest.mark.requirement("OP-47")
async def test_given_the_process_when_asked_over_http_then_both_paths_answer(
    webhooks: Webhooks, services: Services
) -> None:
    live = await webhooks.client.get("/health/live")
    assert (live.status_code, live.json()) == (200, {"live": True})
    await services.workers.beat(beat())
    await asyncio.sleep(COPY_SECONDS)  # another test may have asked the same process just before
    ready = await webhooks.client.get("/health/ready")
    told = ready.json()
    # no LiveKit is where these tests say that it is
    assert (ready.status_code, told["ready"], told["stage"], told["release"]) == (503, False, "local", "test")
    assert {name: check["ok"] for name, check in told["checks"].items()} == {
        "postgres": True, "livekit": False, "redis": True, "workers": True,
    }  # fmt: skip


@pytest.mark.requirement("OP-50", "DU-23")
@pytest.mark.parametrize(
    ("beats", "ready"),
    [
        ([beat(2)], True),
        ([], False),
        ([beat(6)], False),
        ([beat(2, registered=False)], False),
        ([beat(2, draining=True)], False),
        ([beat(6), replace(beat(5), worker_id="w2")], True),
    ],
)
async def test_given_workers_when_asked_for_readiness_then_one_that_could_take_a_call_is_needed(
    services: Services, beats: list[WorkerBeat], ready: bool
) -> None:
    for each in beats:
        await services.workers.beat(each)
    async with asked(services) as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200 if ready else 503, ready)
    assert answer.json()["checks"]["workers"]["ok"] is ready


@pytest.mark.requirement("OP-51")
async def test_given_redis_alone_is_away_when_asked_for_readiness_then_it_is_shown_and_calls_go_on(
    services: Services,
) -> None:
    async with asked(services, sessions=Away(), workers=Away()) as client:
        answer = await client.get("/health/ready")
    checks = answer.json()["checks"]
    assert (answer.status_code, checks["redis"]["ok"], checks["workers"]["ok"]) == (200, False, None)


@pytest.mark.requirement("OP-50")
@pytest.mark.parametrize(
    ("name", "port", "stand_in"),
    [
        ("postgres", "records", Away()),
        ("postgres", "records", Hanging()),
        ("livekit", "switchboard", MemorySwitchboard(SwitchboardError("no answer"))),
        ("livekit", "switchboard", Hanging()),
        ("redis", "sessions", Hanging()),
    ],
)
async def test_given_something_is_away_or_silent_when_asked_then_it_is_named_in_time(
    services: Services, name: str, port: str, stand_in: Any
) -> None:
    await services.workers.beat(beat())
    async with asked(services, **{port: stand_in}) as client, asyncio.timeout(CHECK_SECONDS + 2):
        live, ready = await asyncio.gather(client.get("/health/live"), client.get("/health/ready"))
    assert live.status_code == 200
    checks = ready.json()["checks"]
    assert [each for each, check in checks.items() if check["ok"] is False] == [name]
    assert checks[name]["detail"]
    assert ready.status_code == (200 if name == "redis" else 503)


class Counting:
    """Records that answer slowly, and count."""

    def __init__(self) -> None:
        self.asked = 0

    async def recent(self, stage: str, limit: int) -> list[Any]:
        self.asked += 1
        await asyncio.sleep(0.05)
        return []


async def test_given_a_thousand_who_ask_at_once_when_they_ask_for_readiness_then_each_store_is_asked_once_a_second(
    services: Services,
) -> None:
    records = Counting()
    await services.workers.beat(beat())
    async with asked(services, records=records) as client:
        began = time.monotonic()
        answers = await asyncio.gather(*(client.get("/health/ready") for _ in range(1000)))
        copies = 1 + int((time.monotonic() - began) / COPY_SECONDS)
        assert {answer.status_code for answer in answers} == {200}
        assert 1 <= records.asked <= copies
        before = records.asked
        await asyncio.sleep(COPY_SECONDS)
        await client.get("/health/ready")
    assert records.asked == before + 1, "the copy is at most a second old"


async def test_given_a_deployed_stage_when_asked_for_readiness_then_strangers_get_no_details(
    services: Services,
) -> None:
    away = replace(services, settings=services.settings.model_copy(update={"stage": "preview-blue"}))
    async with asked(away, records=Away()) as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False})


@pytest.mark.requirement("OP-50")
async def test_given_all_stores_are_away_when_the_process_starts_then_it_lives_and_says_what_is_missing(
    serve: Callable[..., Process], settings: Settings
) -> None:
    alone = serve(PICKUP_DATABASE_URL="postgresql://u@127.0.0.1:1/d", PICKUP_REDIS_URL="redis://127.0.0.1:1")
    async with httpx.AsyncClient(base_url=alone.ready["url"], timeout=20, trust_env=False) as client:
        assert (await client.get("/health/live")).status_code == 200
        answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert not any(check["ok"] for check in answer.json()["checks"].values())
