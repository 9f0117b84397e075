"""Whole calls in rooms of a real LiveKit server, taken by the worker as the process it is."""

import asyncio
import json
import re
import time
from pathlib import Path

import av
import numpy as np
import pytest
from room_calls import RoomCall, WorkerProcess, completed, greeted, until

from lab.person.scenario import load_scenario
from lab.providers.control import LabControl
from lab.stack.livekit import LiveKitServer
from shared.config import Settings
from shared.domain.decisions import to_json
from shared.domain.routing import Reason, Reject
from shared.domain.telephony.rooms import agent_name
from shared.ports import Switchboard
from shared.services import Services

WITHOUT_TEMPLATE = "+18005550197"


async def test_given_a_worker_when_a_caller_comes_then_the_whole_call_is_served_and_recorded(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services, lab: LabControl
) -> None:
    async with RoomCall(livekit) as call:
        report = await call.lives(load_scenario("address"), lab)
    record = await completed(services, call.call_id)

    assert report.greeting_first_sound_after_answer_ms is not None
    assert report.greeting_first_sound_after_answer_ms < 2000
    assert (record.disposition, record.outcome) == ("ANSWERED", "QUESTION_ANSWERED")
    assert (record.ended_by, record.end_reason) == ("agent", "goodbye")
    assert record.did == "+12065550100"
    assert record.caller == "+12065550142"
    said = " ".join(line["text"] for line in record.transcript if line["speaker"] == "agent")
    assert "Alder Street" in said
    assert sum(line["speaker"] == "caller" for line in record.transcript) >= 3
    assert {use["kind"] for use in record.usage} >= {"stt", "llm", "tts"}
    assert [consent["answer"] for consent in record.consents] == ["GRANTED"]
    (recording,) = record.recordings
    caller, agent = loudness(Path(recording["path"]))
    assert caller > 0.5, "the caller can be heard in the recording"
    assert agent > 0.5, "and the agent"
    # the first call of this worker's
    assert {entry["call_id"] for entry in worker.logged() if "call_id" in entry} == {call.call_id}
    assert all(entry["stage"] == "local" and entry["release"] == "test" for entry in worker.logged())


async def test_given_a_rejected_call_then_it_is_never_answered_and_the_ringing_ends_at_once(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services
) -> None:
    call = RoomCall(livekit)
    await services.sessions.decide_once(call.call_id, to_json(Reject(Reason.AT_CAPACITY, None)))
    async with call:
        await call.ended(within=4.0)
        assert not call.wire.answered.is_set()
    record = await completed(services, call.call_id)
    assert (record.disposition, record.outcome, record.answered_at) == ("BUSY", "REJECTED", None)


async def test_when_the_caller_hangs_up_then_the_record_says_so(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services
) -> None:
    async with RoomCall(livekit) as call:
        await greeted(call)
    record = await completed(services, call.call_id)
    assert (record.disposition, record.outcome) == ("ANSWERED", "HUNG_UP_EARLY")
    assert (record.ended_by, record.end_reason) == ("caller", "caller_hung_up")
    assert record.answered_at is not None


async def test_when_the_caller_leaves_before_the_answer_then_it_is_an_abandoned_call(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services
) -> None:
    async with RoomCall(livekit) as call:
        pass
    record = await completed(services, call.call_id)
    assert (record.disposition, record.ended_by, record.answered_at) == ("ABANDONED", "caller", None)


async def test_given_a_second_dispatch_when_a_call_is_served_then_only_one_agent_speaks_and_one_record_is_made(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services, switchboard: Switchboard
) -> None:
    async with RoomCall(livekit) as call:
        await call.answered()
        await switchboard.dispatch(call.name, agent_name("local"))
        await until(lambda: any("another agent" in entry["event"] for entry in worker.logged()), 8, "a second agent")
        await asyncio.sleep(1.5)
        people = await switchboard.participants(call.name)
        assert sorted(one.kind for one in people) == ["agent", "caller"], "the second has left, the call goes on"
        assert len(call.agents_heard) == 1
        assert call.wire.ending is None
    record = await completed(services, call.call_id)
    assert record.ended_by == "caller"
    assert sum(event.kind == "completion" for event in record.events) == 1


@pytest.mark.requirement("DU-16", part="errors as logs and Sentry get them; there is no telemetry event of them yet")
async def test_given_a_call_that_fails_in_its_job_process_then_sentry_is_told_which_and_not_who_called(
    worker: WorkerProcess, livekit: LiveKitServer, settings: Settings, lab: LabControl
) -> None:
    await lab.clear_sentry()
    async with RoomCall(livekit, did=WITHOUT_TEMPLATE, caller="+12065550147") as call:
        tags = await sentry_tags(lab, "template_invalid")
    assert (tags["process"], tags["call_id"]) == ("job", call.call_id)
    assert (tags["stage"], tags["release"]) == (settings.stage, settings.release)
    assert "2065550147" not in re.sub(r"[^0-9]", "", json.dumps(await lab.sentry_items()))


async def test_given_a_call_that_another_agent_took_over_then_ours_leaves_it_without_a_word_or_a_record(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services, switchboard: Switchboard
) -> None:
    async with RoomCall(livekit) as call:
        await greeted(call)
        holder = await services.leases.holder(call.call_id)
        assert holder is not None
        await services.leases.release(call.call_id, holder)
        assert await services.leases.take(call.call_id, "another", 60)
        await until_alone(switchboard, call.name)
        await asyncio.sleep(1.0)
        assert call.wire.ending is None, "the call goes on"
        record = await services.records.find(call.call_id)
        assert record is not None and record.disposition is None
        assert await services.leases.holder(call.call_id) == "another"


async def sentry_tags(lab: LabControl, code: str, within: float = 15.0) -> dict[str, str]:
    """The tags of the first event with this code, once it has come."""
    async with asyncio.timeout(within):
        while True:
            for event in await lab.sentry_events():
                if event["tags"].get("code") == code:
                    return event["tags"]
            await asyncio.sleep(0.05)


async def until_alone(switchboard: Switchboard, room: str, within: float = 8.0) -> None:
    deadline = time.monotonic() + within
    while [one.kind for one in await switchboard.participants(room)] != ["caller"]:
        assert time.monotonic() < deadline, f"the agent is still there after {within:g} s"
        await asyncio.sleep(0.1)


def loudness(path: Path) -> tuple[float, float]:
    """Of either channel, how long it can be heard, in seconds."""
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=16_000)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].channels == 2
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    both = np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])
    # in pieces of 20 ms
    pieces = np.abs(both[: len(both) // 320 * 320].reshape(-1, 320, 2)).max(axis=1) > 1000
    return float(pieces[:, 0].sum()) * 0.02, float(pieces[:, 1].sum()) * 0.02
