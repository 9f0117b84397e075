"""Which recorder records, what its rows say, and what answers that come from elsewhere do to it: without a sound."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import AgentSession
from livekit.agents.voice import io
from unforeseen import Breaking, reported

from agent.conversation.consent import Consent
from agent.conversation.state import CallState
from agent.record.recording import EGRESS_LOST, CallRecorder
from agent.record.silence import silence_caller
from shared.adapters.memory import MemoryEgress
from shared.calls.consent import record_consent
from shared.calls.recordings import NOT_ERASED
from shared.config import Settings, changed
from shared.domain.language.consent import ConsentAnswer
from shared.domain.recording import SECRET_SPOKEN
from shared.domain.telephony.rooms import room_prefix
from shared.errors import StoreUnavailable, SwitchboardError
from shared.ports import Erasure, Receipt, RecordingEntry
from shared.services import Services

ROOM = f"{room_prefix('local')}_1"
STORAGE = {"recording_storage": "s3://calls/pickup", "aws_access_key_id": "id", "aws_secret_access_key": "key"}
NO_EGRESS = SwitchboardError("no response from servers", 503)


class Silence(io.AudioInput):
    def __init__(self) -> None:
        super().__init__(label="silence")


class Nowhere(io.AudioOutput):
    def __init__(self) -> None:
        super().__init__(label="nowhere", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=24_000)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)

    def flush(self) -> None:
        super().flush()

    def clear_buffer(self) -> None:
        pass


@dataclass
class World:
    services: Services
    egress: MemoryEgress
    state: CallState
    recorder: CallRecorder
    consent: Consent

    async def rows(self) -> list[RecordingEntry]:
        return list(await self.services.recordings.of_call(self.state.call_id))

    def files(self) -> list[Path]:
        return list(self.services.settings.recordings_dir.glob("*"))

    async def told_elsewhere(self, answer: ConsentAnswer) -> None:
        await record_consent(
            self.services.consents,
            self.services.clock,
            call_id=self.state.call_id,
            key=f"told:{uuid.uuid4().hex}",
            answer=answer,
            policy_version="2026-11",
            text="May we record?",
            language="en",
            utterance="",
        )


@pytest.fixture
async def world(conversation: Any, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """In a room, with an egress; `request.param`: a fault of the egress."""
    state: CallState = conversation.state
    egress = MemoryEgress(getattr(request, "param", None))
    settings: Settings = changed(state.services.settings, **STORAGE)
    services = replace(state.services, egress=egress, settings=settings)
    state.services = services
    recorder = CallRecorder(state.call_id, ROOM, services, state.journal)
    session: AgentSession[Any] = AgentSession()
    session.input.audio, session.output.audio = Silence(), Nowhere()
    recorder.wrap(session)
    yield World(services, egress, state, recorder, Consent(state, recorder))
    await recorder.stop()
    await session.aclose()


async def test_given_an_egress_when_a_yes_is_said_then_it_records_and_the_row_names_it(world: World) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    (row,) = await world.rows()
    assert world.state.conversation.recording_enabled
    assert world.egress.running == {row.egress_id: (ROOM, row.path)}
    assert row.path == f"s3://calls/pickup/local/{row.recording_id}.ogg"
    assert world.files() == []


@pytest.mark.requirement("OP-117", part="the policy `explicit`; there is no policy `notice`")
async def test_given_a_no_or_no_clear_answer_then_nothing_is_recorded_until_a_yes_is_said(world: World) -> None:
    for answer in (ConsentAnswer.UNCLEAR, ConsentAnswer.REFUSED):
        await world.consent.take_answer(answer, "Hm.")
    assert await world.rows() == [] and world.egress.running == {} and not world.state.conversation.recording_enabled
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Oh, all right.")
    assert len(world.egress.running) == 1


@pytest.mark.requirement("OP-79")
@pytest.mark.requirement("OP-117", part="the policy `explicit`; there is no policy `notice`")
async def test_given_an_egress_when_consent_is_taken_back_then_it_is_stopped(world: World) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    await world.consent.withdraw("Stop recording.")
    (row,) = await world.rows()
    assert world.egress.stopped == [row.egress_id]
    # its file comes with its end, and goes with it
    assert (row.ended_at, row.deleted_at) == (None, None)
    assert not world.state.conversation.recording_enabled


@pytest.mark.parametrize("world", [NO_EGRESS], indirect=True)
async def test_given_no_egress_service_when_a_yes_is_said_then_the_agent_records_and_an_operator_is_told(
    world: World,
) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    tried, own = await world.rows()
    assert world.state.conversation.recording_enabled
    assert tried.failed is not None and "no response from servers" in tried.failed
    assert tried.ended_at is not None and tried.path.startswith("s3://")
    assert (own.failed, own.egress_id, Path(own.path).parent) == (None, None, world.services.settings.recordings_dir)
    assert [alert.key for alert in await world.services.alerts.open_alerts()] == [EGRESS_LOST]
    await world.recorder.stop()
    assert Path(own.path).is_file()
    assert (await world.rows())[1].ended_at is not None


@pytest.mark.parametrize("world", [NO_EGRESS], indirect=True)
async def test_given_an_egress_that_is_back_when_it_records_then_the_alert_is_closed(world: World) -> None:
    await world.recorder.start()
    await world.recorder.discard()
    world.egress.fault = None
    await world.recorder.start()
    assert await world.services.alerts.open_alerts() == []


@pytest.mark.requirement("OP-80")
@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
@pytest.mark.parametrize("world", [NO_EGRESS], indirect=True)
async def test_given_a_withdrawal_elsewhere_while_it_records_then_the_agent_deletes_it_soon(world: World) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    following = asyncio.create_task(world.consent.follow())
    await world.told_elsewhere(ConsentAnswer.WITHDRAWN)
    try:
        async with asyncio.timeout(5):
            while world.state.conversation.recording_enabled or world.files():
                await asyncio.sleep(0.05)
            while not all(row.deleted_at or row.failed for row in await world.rows()):
                await asyncio.sleep(0.05)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert world.state.conversation.consent is ConsentAnswer.WITHDRAWN


@pytest.mark.requirement("OP-80")
@pytest.mark.parametrize(
    ("answers", "recorded"),
    [
        ((ConsentAnswer.REFUSED, ConsentAnswer.GRANTED), True),
        ((ConsentAnswer.GRANTED, ConsentAnswer.WITHDRAWN), False),
        ((ConsentAnswer.REFUSED,), False),
    ],
)
async def test_given_answers_to_an_earlier_agent_when_a_call_is_taken_over_then_the_last_holds_and_nobody_is_asked(
    world: World, answers: tuple[ConsentAnswer, ...], recorded: bool
) -> None:
    for answer in answers:
        await world.told_elsewhere(answer)
    following = asyncio.create_task(world.consent.follow())
    try:
        async with asyncio.timeout(5):
            while world.state.conversation.consent is None:
                await asyncio.sleep(0.02)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert (world.state.conversation.recording_enabled, bool(world.egress.running)) == (recorded, recorded)


@pytest.mark.parametrize("world", [NO_EGRESS], indirect=True)
async def test_given_a_yes_after_a_withdrawal_then_a_second_recording_is_begun(world: World) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    await world.consent.withdraw("Stop recording.")
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Oh, do record it.")
    await world.recorder.stop()
    own = [row for row in await world.rows() if row.failed is None]
    assert [row.deleted_at is None for row in own] == [False, True]
    assert [str(path) for path in world.files()] == [own[1].path]


@dataclass
class Refusing:
    """Consents and recordings that can't be kept."""

    async def record(self, consent: Any) -> Receipt:
        raise StoreUnavailable("neither Postgres nor the spool", "")

    async def put(self, entry: Any) -> Receipt:
        raise StoreUnavailable("neither Postgres nor the spool", "")


@pytest.mark.requirement("OP-80")
@pytest.mark.parametrize("what", ["consents", "recordings"])
async def test_given_a_proof_or_a_row_that_cannot_be_kept_then_nothing_is_recorded(world: World, what: str) -> None:
    changed: Any = {what: Refusing()}
    services = replace(world.services, **changed)
    world.state.services = services
    recorder = CallRecorder(world.state.call_id, ROOM, services, world.state.journal)
    session: AgentSession[Any] = AgentSession()
    session.input.audio, session.output.audio = Silence(), Nowhere()
    recorder.wrap(session)
    await Consent(world.state, recorder).take_answer(ConsentAnswer.GRANTED, "Yes.")
    await session.aclose()
    assert not world.state.conversation.recording_enabled and not recorder.running
    assert world.egress.running == {} and world.files() == []


async def test_given_an_egress_that_breaks_when_the_recording_is_stopped_then_it_is_reported_and_the_call_can_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await world.recorder.start()
    monkeypatch.setattr(world.egress, "stop", Breaking(world.egress.stop))
    async with reported("recording"):
        await world.recorder.stop()
    assert not world.recorder.running


class Unsettled:
    """The files of a machine whose volume takes nothing."""

    async def settle(self, path: str) -> None:
        raise OSError("the volume of the recordings: commit: deadline exceeded")


@pytest.mark.requirement("OP-86", part="the erasure of recordings, with its proof")
@pytest.mark.parametrize("world", [NO_EGRESS], indirect=True)
async def test_given_a_file_that_others_cannot_see_yet_when_the_recording_stops_then_its_row_has_no_end(
    world: World,
) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    world.recorder._services = replace(world.services, files=Unsettled())  # type: ignore[arg-type]
    await world.recorder.stop()
    assert (await world.rows())[1].ended_at is None


class Undeletable:
    """The files of a folder that isn't mounted any more."""

    async def settle(self, path: str) -> None:
        pass

    async def delete(self, path: str, *, in_backup: bool = False) -> Erasure:
        raise FileNotFoundError(f"{path}: its folder is not mounted")


@pytest.mark.parametrize("world", [NO_EGRESS], indirect=True)
async def test_given_a_file_that_cannot_be_deleted_when_consent_is_taken_back_then_its_row_says_so_and_it_pages(
    world: World,
) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    world.recorder._services = replace(world.services, files=Undeletable())  # type: ignore[arg-type]
    await world.consent.withdraw("Stop recording.")
    row = (await world.rows())[1]
    assert row.ended_at is not None and row.deleted_at is None
    assert NOT_ERASED in [alert.key for alert in await world.services.alerts.open_alerts()]
    # the watchdog tries again
    await world.services.call_recordings.erase_withdrawn()
    assert world.files() == [] and (await world.rows())[1].deleted_at is not None


async def test_given_an_egress_when_a_secret_was_said_then_its_file_is_given_up_and_another_is_begun(
    world: World,
) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    await world.consent.cut(0.0)
    given_up, new = await world.rows()
    assert world.egress.stopped == [given_up.egress_id] and list(world.egress.running) == [new.egress_id]
    assert (given_up.failed, new.failed) == (SECRET_SPOKEN, None)
    assert world.state.conversation.recording_enabled


@pytest.mark.parametrize("world", [NO_EGRESS], indirect=True)
@pytest.mark.parametrize("breaks", [False, True])
async def test_given_the_agents_own_recording_when_a_secret_was_said_then_it_is_silenced_or_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch, breaks: bool
) -> None:
    await world.consent.take_answer(ConsentAnswer.GRANTED, "Yes.")
    if breaks:
        monkeypatch.setattr("agent.record.recording.silence_caller", Breaking(silence_caller))
    async with reported("recording") if breaks else nullcontext():
        await world.consent.cut(0.0)
    old, new = [row for row in await world.rows() if not (row.path or "").startswith("s3:")]
    assert world.state.conversation.recording_enabled and new.ended_at is None
    assert (old.deleted_at is not None, old.failed) == (breaks, SECRET_SPOKEN if breaks else None)
    assert (Path(old.path or "").exists(), old.ended_at is not None) == (not breaks, True)


async def test_given_no_recording_when_a_secret_was_said_then_none_is_begun(world: World) -> None:
    await world.consent.cut(0.0)
    assert await world.rows() == [] and not world.state.conversation.recording_enabled


def test_given_a_recording_when_it_is_silenced_then_the_caller_is_gone_from_there_on_and_the_agent_stays(
    tmp_path: Path,
) -> None:
    path, rate = tmp_path / "call.ogg", 48_000
    tone = np.sin(2 * np.pi * 440 * np.arange(3 * rate) / rate).astype(np.float32) / 2
    with av.open(str(path), mode="w", format="ogg") as container:
        stream: Any = container.add_stream("libopus", rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    silence_caller(path, 1.5)
    with av.open(str(path)) as container:
        left, right = np.concatenate([each.to_ndarray() for each in container.decode(audio=0)], axis=1)
    assert abs(len(left) - 3 * rate) < rate / 10
    assert np.abs(left[: int(1.4 * rate)]).max() > 0.4 and np.abs(left[int(1.6 * rate) :]).max() < 0.001
    assert np.abs(right[int(2.5 * rate) :]).max() > 0.4
