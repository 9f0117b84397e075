"""The processes themselves: how they start, end and describe themselves."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest
import redis
from webhooks_world import ROOT, Process, Webhooks, environment_of, event, room_name, token_for

from shared.config import Settings


@pytest.mark.parametrize("module", ["webhooks", "background.watchdog"])
@pytest.mark.parametrize("times", [1, 2])
async def test_given_a_running_process_when_told_to_end_once_or_twice_then_it_ends_well(
    started: Callable[..., Process], settings: Settings, module: str, times: int
) -> None:
    process = started(module, environment_of(settings))
    for _ in range(times):
        process.signal(signal.SIGTERM)
        await asyncio.sleep(0.05)
    assert await asyncio.to_thread(process.wait) == 0


async def test_given_a_request_under_way_when_told_to_end_then_it_is_answered_first(
    serve: Callable[..., Process],
) -> None:
    process = serve()
    url = httpx.URL(process.ready["url"])
    body = json.dumps(event("room_started", room_name())).encode()
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /livekit HTTP/1.1\r\nHost: here\r\nAuthorization: {token_for(body)}\r\nContent-Length: {len(body)}"
    writer.write(f"{head}\r\n\r\n".encode() + body[:5])
    await writer.drain()
    await asyncio.sleep(0.3)
    process.signal(signal.SIGTERM)
    await asyncio.sleep(0.3)
    writer.write(body[5:])
    async with asyncio.timeout(10):
        assert b" 200 " in await reader.readline()
        await reader.read()
    writer.close()
    assert await asyncio.to_thread(process.wait) == 0


@pytest.mark.parametrize("module", ["webhooks", "background.watchdog"])
def test_given_settings_that_are_missing_when_started_then_each_is_named(settings: Settings, module: str) -> None:
    environment = environment_of(settings, LIVEKIT_API_SECRET="", PICKUP_REDIS_URL="")
    done = subprocess.run(
        [sys.executable, "-m", module], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert done.stdout == ""
    for name in ("LIVEKIT_API_SECRET", "PICKUP_REDIS_URL"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["webhooks", "background.watchdog"])
def test_given_a_redis_of_another_kind_of_stage_when_started_then_it_ends_and_says_why(
    settings: Settings, module: str
) -> None:
    environment = environment_of(settings, PICKUP_STAGE="preview-blue")
    with redis.Redis.from_url(environment["PICKUP_REDIS_URL"]) as client:
        client.set("pickup:kind", "production")
        done = subprocess.run(
            [sys.executable, "-m", module], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
        )
        client.delete("pickup:kind")
    assert (done.returncode, done.stdout) == (2, "")
    assert "belongs to production stages" in done.stderr and "PICKUP_REDIS_URL" in done.stderr


async def test_given_the_app_when_it_describes_itself_then_what_it_takes_and_answers_is_in_it(
    webhooks: Webhooks,
) -> None:
    told = (await webhooks.client.get("/openapi.json")).json()
    livekit = told["paths"]["/livekit"]["post"]
    assert set(livekit["responses"]) == {"200", "400", "401", "408", "413", "503"}
    assert "participant" in livekit["requestBody"]["content"]["application/webhook+json"]["schema"]["properties"]
    assert livekit["security"] == [{"APIKeyHeader": []}]
    assert set(told["paths"]["/health/ready"]["get"]["responses"]) == {"200", "503"}
    missing = await webhooks.client.get("/nothing-here")
    assert missing.status_code == 404


def test_when_the_app_is_imported_then_no_vendor_of_stores_is() -> None:
    vendors = ("asyncpg", "supabase", "redis", "upstash_redis", "livekit", "modal", "lab", "agent")
    asked = f"import sys, webhooks.app; print([name for name in {vendors!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
