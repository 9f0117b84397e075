"""What each kind of process tells Sentry, as it comes over the wire: `python -m …` as `pickup up` starts it.

An embedded call is in tests/calls/test_reports.py, a job's process in tests/phone/rooms/test_room_calls.py, a job's way
of ending in test_observe.py, Modal's functions in tests/modal_deploy/.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sentry_world import Receiver, sentry
from webhooks_world import JOINED, NOWHERE, ROOT, Process, caller, environment_of, event, room_name, started, token_for

from shared.config import Settings

__all__ = ["sentry", "started"]

CALLER, WITHOUT_TEMPLATE = "+12065550147", "+18005550197"
PASSWORD = "correct-horse"
NO_DATABASE = f"postgresql://pickup:{PASSWORD}@127.0.0.1:1/pickup"


def told_of(settings: Settings, sentry: Receiver, **changes: str) -> dict[str, str]:
    told = {"SENTRY_DSN": sentry.dsn, "DEEPGRAM_API_KEY": "lab", "OPENAI_API_KEY": "lab", "LIVEKIT_URL": NOWHERE}
    return environment_of(settings, **(told | changes))


@pytest.mark.requirement("DU-16", part="errors as logs and Sentry get them; there is no telemetry event of them yet")
@pytest.mark.parametrize(
    ("module", "kind"), [("webhooks", "webhooks"), ("background.watchdog", "watchdog"), ("agent.worker", "worker")]
)
async def test_given_a_process_that_can_t_go_on_when_it_dies_then_its_last_error_has_arrived(
    settings: Settings, sentry: Receiver, module: str, kind: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        cwd=ROOT,
        env=told_of(settings, sentry, PICKUP_REDIS_URL=f"gopher://:{PASSWORD}@127.0.0.1", PICKUP_STAGE="preview-blue"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert await asyncio.wait_for(process.wait(), 30) == 1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    (event,) = sentry.events
    assert event["tags"]["process"] == kind
    assert (event["tags"]["stage"], event["environment"]) == ("preview-blue", "preview-blue")
    assert (event["tags"]["release"], event["release"]) == (settings.release, settings.release)
    assert event["exception"]["values"][-1]["type"] == "ValueError"
    assert PASSWORD not in sentry.wire


@pytest.mark.requirement("DU-16", part="errors as logs and Sentry get them; there is no telemetry event of them yet")
async def test_given_webhooks_that_can_keep_nothing_when_told_of_a_call_then_sentry_hears_once_and_nothing_secret(
    settings: Settings, sentry: Receiver, started: Callable[..., Process]
) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "spool").write_text("where a folder should be")
    process = started("webhooks", told_of(settings, sentry, PICKUP_DATABASE_URL=NO_DATABASE))
    async with httpx.AsyncClient(base_url=process.ready["url"], trust_env=False, timeout=20) as client:
        room = room_name()
        for _ in range(3):
            body = httpx.Request("POST", "http://here", json=event(JOINED, room, participant=caller())).content
            answer = await client.post("/livekit", content=body, headers={"Authorization": token_for(body)})
            assert answer.status_code == 503
    process.signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait) == 0
    mine = [each for each in sentry.events if each["tags"].get("action") == "webhook"]
    assert [(each["tags"]["code"], each["tags"]["process"]) for each in mine] == [("store_unavailable", "webhooks")]
    assert PASSWORD not in sentry.wire
    assert "2065550142" not in sentry.wire


@pytest.mark.requirement("DU-16", part="errors as logs and Sentry get them; there is no telemetry event of them yet")
async def test_given_a_watchdog_without_livekit_when_it_goes_its_rounds_then_sentry_hears_once(
    settings: Settings, sentry: Receiver, started: Callable[..., Process], tmp_path: Path
) -> None:
    process = started("background.watchdog", told_of(settings, sentry), "--every", "0.1")
    event = await sentry.event(lambda event: event["tags"].get("action") == "heal")
    assert (event["tags"]["process"], event["tags"]["code"]) == ("watchdog", "switchboard_failed")
    await asyncio.sleep(1)  # some rounds more
    process.signal(signal.SIGTERM)
    assert await asyncio.to_thread(process.wait) == 0
    assert len([each for each in sentry.events if each["tags"].get("action") == "heal"]) == 1
