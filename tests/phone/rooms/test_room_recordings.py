"""Recording in rooms of a real LiveKit server without an egress service: the agent records, where it may."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from room_calls import RoomCall, WorkerProcess, completed

from lab.person.scenario import Scenario
from lab.providers.control import LabControl
from lab.stack.livekit import LiveKitServer
from shared.config import Settings
from shared.domain.call import CallRecord
from shared.services import Services

EGRESS = {
    "egress": True,
    "recording_storage": "s3://calls/pickup",
    "aws_access_key_id": "nobody",
    "aws_secret_access_key": "nothing",
}
YES, NO = {"say": "Yes, that's fine with me."}, {"say": "No, please don't tape this."}
WITHDRAWAL = {"say": "Could you switch that recorder off now?"}
LEAVE = {"hang_up": {"when": "agent_speaking", "after_seconds": 1}}


@pytest.fixture(scope="module")
def settings_more() -> dict[str, Any]:
    return EGRESS


@pytest.mark.requirement("OP-79", "OP-80")
@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
async def test_given_refusal_consent_and_withdrawal_in_rooms_then_one_file_is_there_and_rows_prove_it(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services, settings: Settings, lab: LabControl
) -> None:
    async def call(name: str, *steps: Any) -> CallRecord:
        async with RoomCall(livekit) as room:
            await room.lives(Scenario(name=name, description=name, steps=(*steps, LEAVE)), lab)
        return await completed(services, room.call_id)

    refused, granted, withdrawn = await asyncio.gather(
        call("refuses", NO), call("consents", YES), call("withdraws", YES, WITHDRAWAL)
    )

    answers = {name: [one["answer"] for one in record.consents] for name, record in
               {"refused": refused, "granted": granted, "withdrawn": withdrawn}.items()}  # fmt: skip
    assert answers == {"refused": ["REFUSED"], "granted": ["GRANTED"], "withdrawn": ["GRANTED", "WITHDRAWN"]}
    assert refused.recordings == ()
    for record in (granted, withdrawn):
        tried, own = record.recordings
        assert "egress" in tried["failed"] and tried["path"].startswith("s3://calls/pickup/local/")
        assert own["failed"] is None and own["ended_at"] is not None
    assert granted.recordings[1]["deleted_at"] is None
    assert withdrawn.recordings[1]["deleted_at"] is not None
    assert [str(path) for path in files(settings.recordings_dir)] == [granted.recordings[1]["path"]]
    alerts = {alert.key for alert in await services.alerts.open_alerts()}
    # the worker finds the seed's numbers that are broken on purpose
    assert alerts - {"setup:+12065550103", "setup:+18005550197"} == {"egress_lost"}


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
