"""What LiveKit tells of egress, over HTTP: one row a recording, whatever comes and in whatever order."""

import asyncio
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from webhooks_world import Webhooks, event, room_name

from shared.domain.recording import recording_name
from shared.domain.telephony.rooms import call_id_of
from shared.ports import RecordingEntry
from shared.services import Services

BEGAN = 1_795_269_600


def egress(room: str, recording_id: str, **changes: Any) -> dict[str, Any]:
    """As LiveKit writes it: nanoseconds as text, the secrets of the bucket taken out."""
    upload = {"accessKey": "{access_key}", "secret": "{secret}", "bucket": "calls"}
    output = {"fileType": "OGG", "filepath": f"local/{recording_id}.ogg", "s3": upload}
    told = {
        "egressId": f"EG_{recording_id[-8:]}",
        "roomId": "RM_1",
        "roomName": room,
        "status": "EGRESS_ACTIVE",
        "startedAt": str(BEGAN * 10**9),
        "roomComposite": {"roomName": room, "audioOnly": True, "fileOutputs": [output]},
    }
    return told | changes


def told(name: str, info: dict[str, Any], at: float | None = None) -> dict[str, Any]:
    whole = event(name, "", at=at, egressInfo=info)
    del whole["room"]
    return whole


ENDED = {"status": "EGRESS_COMPLETE", "endedAt": str((BEGAN + 60) * 10**9)}


@pytest.fixture
def room() -> str:
    return room_name()


@pytest.fixture
def recording_id(room: str) -> str:
    return recording_name(call_id_of(room), uuid.uuid4().hex)


async def the_row(services: Services, room: str) -> RecordingEntry:
    (row,) = await services.recordings.of_call(call_id_of(room))
    return row


async def test_given_an_egress_when_it_is_told_of_then_the_recordings_row_has_it_all(
    webhooks: Webhooks, services: Services, room: str, recording_id: str
) -> None:
    await webhooks.all(
        told("egress_started", egress(room, recording_id)),
        told("egress_updated", egress(room, recording_id, status="EGRESS_ENDING")),
        told("egress_ended", egress(room, recording_id, **ENDED)),
    )
    row = await the_row(services, room)
    assert (row.recording_id, row.path) == (recording_id, f"s3://calls/local/{recording_id}.ogg")
    assert row.started_at == datetime.fromtimestamp(BEGAN, UTC)
    assert row.ended_at == datetime.fromtimestamp(BEGAN + 60, UTC)
    assert (row.failed, row.deleted_at) == (None, None)


async def test_given_an_egress_that_used_its_backup_when_it_is_told_of_then_the_row_says_where_the_file_is(
    webhooks: Webhooks, services: Services, room: str, recording_id: str
) -> None:
    await webhooks.all(told("egress_ended", egress(room, recording_id, **ENDED, backupStorageUsed=True)))
    await webhooks.all(told("egress_updated", egress(room, recording_id, status="EGRESS_ENDING")))
    assert (await the_row(services, room)).in_backup


async def test_given_fifty_duplicates_out_of_order_then_there_is_one_row(
    webhooks: Webhooks, services: Services, room: str, recording_id: str
) -> None:
    ended = told("egress_ended", egress(room, recording_id, **ENDED))
    started = told("egress_started", egress(room, recording_id))
    answers = await asyncio.gather(*(webhooks.tell(one) for one in [ended] * 25 + [started] * 25))
    assert {answer.status_code for answer in answers} == {200}
    assert (await the_row(services, room)).ended_at == datetime.fromtimestamp(BEGAN + 60, UTC)


async def test_given_an_egress_that_fails_then_the_row_says_why_and_an_operator_is_told(
    webhooks: Webhooks, services: Services, room: str, recording_id: str
) -> None:
    info = egress(room, recording_id, status="EGRESS_FAILED", error="upload failed", endedAt=ENDED["endedAt"])
    await webhooks.all(told("egress_ended", info))
    assert (await the_row(services, room)).failed == "upload failed"
    assert [alert.key for alert in await services.alerts.open_alerts()] == ["egress_failed"]


@pytest.mark.parametrize(
    "changes",
    [{"roomName": "preview-x._1"}, {"roomName": "somebody's"}, {"roomComposite": {}}, {"egressId": ""}],
)
async def test_given_an_egress_that_is_not_ours_then_it_is_answered_and_nothing_is_kept(
    webhooks: Webhooks, services: Services, room: str, recording_id: str, changes: dict[str, Any]
) -> None:
    answer = await webhooks.tell(told("egress_started", egress(room, recording_id, **changes)))
    assert (answer.status_code, answer.json()["kept"]) == (200, False)
    assert await services.recordings.of_call(call_id_of(room)) == []


@pytest.mark.parametrize("changes", [{"startedAt": "soon"}, {"endedAt": "-1"}, {"roomComposite": []}, {"status": 7}])
async def test_given_a_malformed_egress_then_it_is_refused(
    webhooks: Webhooks, services: Services, room: str, recording_id: str, changes: dict[str, Any]
) -> None:
    answer = await webhooks.tell(told("egress_ended", egress(room, recording_id, **changes), at=time.time()))
    assert answer.status_code == 400
    assert await services.recordings.of_call(call_id_of(room)) == []
