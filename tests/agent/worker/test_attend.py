"""A job's way into its room and out of it: bounded both times, and no failure of it keeps the worker."""

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import AutoSubscribe
from structlog.testing import capture_logs

from agent.worker import attend
from agent.worker.attend import Attendant
from shared.config import Settings
from shared.domain.telephony.rooms import call_id_of
from shared.services import Services


class HangingRoom:
    """The context of a job whose room can't be joined."""

    def __init__(self) -> None:
        room = SimpleNamespace(name=f"local.{uuid.uuid4()}")
        self.job = SimpleNamespace(id="AJ_1", room=room)
        self.worker_id = "worker"
        self.log_context_fields: dict[str, Any] = {}
        self.subscribed: list[AutoSubscribe] = []

    async def connect(self, *, auto_subscribe: AutoSubscribe) -> None:
        self.subscribed.append(auto_subscribe)
        await asyncio.Event().wait()


class FakeLine:
    def __init__(self, way: str) -> None:
        self._way = way
        self.lost = way == "lost"
        self.asked: list[str] = []
        """Of the line at its end, by name."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the clean-up needs no {name}")

    async def aclose(self) -> None:
        self.asked.append("aclose")
        if self._way == "hangs":
            await asyncio.Event().wait()
        if self._way == "fails":
            raise RuntimeError("the room is in no state to be closed")


@pytest.mark.requirement("RP-01", "RP-03")
@pytest.mark.requirement("RP-45", part="a call whose room can't be joined")
@pytest.mark.requirement("RP-59", part="a connect that hangs")
async def test_given_a_room_that_cant_be_joined_then_after_five_seconds_it_is_given_up_recorded_and_the_job_is_over(
    settings: Settings, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attend.JOIN_SECONDS == 5.0
    monkeypatch.setattr(attend, "JOIN_SECONDS", 0.2)
    context: Any = HangingRoom()
    ear: Any = None
    with capture_logs() as lines:
        async with asyncio.timeout(20):
            await Attendant(settings, ear).attend(context)
    assert context.subscribed == [AutoSubscribe.AUDIO_ONLY]
    mine = [line["action"] for line in lines if str(line.get("action", "")).startswith("call_")]
    assert mine == ["call_incoming", "call_connect_timeout", "call_over"]
    record = await services.records.find(call_id_of(context.job.room.name))
    assert record is not None and record.end_reason == "error" and record.answered_at is None


@pytest.mark.requirement("RP-06", "RP-20", "RP-22")
@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("closes", [("info", "Disconnected successfully")]),
        ("hangs", [("warning", "Disconnect timed out - forcing cleanup")]),
        ("fails", [("error", "error")]),
        ("lost", [("warning", "Room already disconnected"), ("info", "Disconnected successfully")]),
    ],
)
async def test_given_a_line_when_it_is_disconnected_then_once_within_two_seconds_and_nothing_is_raised(
    way: str, said: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attend.DISCONNECT_SECONDS == 2.0
    monkeypatch.setattr(attend, "DISCONNECT_SECONDS", 0.1)
    line: Any = FakeLine(way)
    with capture_logs() as lines:
        await attend._disconnect(line)  # pyright: ignore[reportPrivateUsage]
    assert [(each["log_level"], each["event"]) for each in lines] == said
    assert line.asked == ["aclose"]
