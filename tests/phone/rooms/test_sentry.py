"""What a job's process tells Sentry of a call that fails, as it comes over the wire."""

from pathlib import Path

import pytest
from room_calls import RoomCall, WorkerProcess, as_told
from sentry_world import Receiver, sentry

from lab.stack.livekit import LiveKitServer
from shared.config import Settings, changed

__all__ = ["sentry"]

CALLER, WITHOUT_TEMPLATE = "+12065550147", "+18005550199"


@pytest.mark.requirement("DU-16")
async def test_given_a_call_that_fails_in_its_job_process_then_sentry_is_told_which_and_not_who_called(
    livekit: LiveKitServer, settings: Settings, sentry: Receiver, tmp_path: Path
) -> None:
    keys = {"sentry_dsn": sentry.dsn, "deepgram_api_key": "lab", "openai_api_key": "lab"}
    worker = WorkerProcess(tmp_path / "worker", as_told(changed(settings, **keys), livekit))
    try:
        await worker.registered()
        async with RoomCall(livekit, did=WITHOUT_TEMPLATE, caller=CALLER) as call:
            event = await sentry.event(lambda event: event["tags"].get("code") == "template_invalid")
        tags = event["tags"]
        assert (tags["process"], tags["call_id"]) == ("job", call.call_id)
        assert (tags["stage"], tags["release"]) == (settings.stage, settings.release)
        assert CALLER[2:] not in sentry.wire
    finally:
        await worker.stop()
