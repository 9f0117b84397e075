"""Whole calls in rooms of a real LiveKit server, taken by the worker as the process it is."""

import asyncio
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from room_calls import RoomCall, WorkerProcess, completed, until

from lab.person.scenario import load_scenario
from lab.providers.control import LabControl
from lab.stack.livekit import LiveKitServer
from shared.domain.decisions import to_json
from shared.domain.routing import Reason, Reject
from shared.domain.telephony.rooms import agent_name
from shared.ports import Switchboard
from shared.services import Services


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
        await call.answered()
        await until(lambda: call.agents_heard, 5, "the greeting")
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


@pytest.mark.parametrize("settings_more", [{"worker_calls": 2}])
async def test_given_a_full_worker_when_calls_come_at_one_moment_then_exactly_its_number_is_answered(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services
) -> None:
    calls = [RoomCall(livekit, caller=f"+1206555014{number}") for number in range(4)]
    await asyncio.gather(*(call.__aenter__() for call in calls))
    try:
        await until(lambda: sum(call.wire.answered.is_set() for call in calls) == 2, 10, "two answers")
        await asyncio.sleep(2.0)
        assert sum(call.wire.answered.is_set() for call in calls) == 2
        (beat,) = await services.workers.alive()
        assert (beat.calls, beat.capacity, beat.registered) == (2, 2, True)
        assert not beat.ready
    finally:
        await asyncio.gather(*(call.__aexit__() for call in calls))


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


async def test_given_a_call_that_rang_before_the_worker_then_it_is_rescued_once_it_registers(
    late_worker: Any, livekit: LiveKitServer, services: Services
) -> None:
    async with RoomCall(livekit) as call, late_worker():
        await call.answered()
        await until(lambda: call.agents_heard, 5, "the greeting")
        call.hang_up()
        record = await completed(services, call.call_id)
    assert (record.disposition, record.ended_by) == ("ANSWERED", "caller")


async def test_given_no_voice_to_greet_with_when_a_call_comes_then_the_recorded_apology_is_heard(
    worker: WorkerProcess, livekit: LiveKitServer, services: Services, lab: LabControl
) -> None:
    async with lab.faulty("tts", "status"), RoomCall(livekit) as call:
        await call.answered()
        await until(lambda: call.agents_heard, 5, "the apology")
        await call.ended(within=20)
    record = await completed(services, call.call_id)
    assert (record.disposition, record.outcome) == ("ANSWERED", "PROVIDER_FAILED")
    assert [line["speaker"] for line in record.transcript] == ["agent"]


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
