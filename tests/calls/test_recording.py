"""The recording of a call: only after a yes, both voices where they were, gone when it is taken back."""

import asyncio
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import redis.asyncio as redis
from livekit.agents.voice.recorder_io import RecorderIO, recorder_io
from numpy.typing import NDArray
from unforeseen import Unforeseen, reported

from lab.base import sound
from lab.person.scenario import Scenario
from lab.person.wire import FRAME, RATE
from lab.providers.control import LabControl
from shared.calls.consent import record_consent
from shared.config import RedisSettings, Settings
from shared.domain.call import CallRecord
from shared.domain.language.consent import ConsentAnswer
from shared.domain.language.secrets import NOT_TAKEN_LINE
from shared.services import Services

YES, NO = {"say": "Yes, that's fine with me."}, {"say": "No thanks, I'd rather you didn't."}
QUESTION = {"say": "When do you folks get together on Sundays?"}
CARD = {"say": f"I'd like to donate. My card number is {', '.join(4 * ['four two four two'])}."}
SOCIAL = {"say": "And my social security number is one two three, four five, six seven eight nine."}
KEPT_BACK = re.compile(r"4242|fourtwofour|6789|seveneightnine", re.IGNORECASE)
LEAVE = {"hang_up": {"when": "agent_speaking", "after_seconds": 1}}

FRAME_MS = 20.0
MOST_OFF_MS = 100.0
BRIDGE_MS = 300.0
"""Pauses shorter than this are within a line, as the caller's report has it."""
LEAST_MS = 150.0
BEGINNING_MS = 700.0
"""What is being said when the recording begins (the thanks for the yes) may be on it or not."""


@pytest.fixture(autouse=True)
def stall(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The recorder takes a second without sound for silence: of the machine's time, which no faster clock shortens."""
    patience = recorder_io.INPUT_STALL_TIMEOUT * request.config.getoption("--speed")
    monkeypatch.setattr(recorder_io, "INPUT_STALL_TIMEOUT", patience)


async def test_given_consent_then_the_caller_is_left_and_the_agent_right_where_each_of_them_spoke(
    telephone: Any, services: Services
) -> None:
    call = await telephone.call(
        Scenario(name="recorded", description="Agrees.", steps=(YES, QUESTION, {"say": "Great. Bye now."}))
    )

    record = await services.records.find(call.call_id)
    assert record is not None
    (recording,) = record.recordings
    left, right = channels(Path(recording["path"]))
    begin = begins_ms(record)
    said = [(line.started_ms - begin, line.ended_ms - begin) for line in call.report.lines]
    heard = [(start - begin, end - begin) for start, end in call.report.agent_spoke_ms]
    assert len(said) == 3 and len(heard) >= 4, call.story
    assert_near(left, said)
    assert_near(right, heard)


async def test_given_a_recorder_that_breaks_at_the_end_then_it_is_reported_and_the_call_recorded(
    telephone: Any, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    aclose = RecorderIO.aclose

    async def breaks(recorder: RecorderIO) -> None:
        await aclose(recorder)
        raise Unforeseen

    monkeypatch.setattr(RecorderIO, "aclose", breaks)
    async with reported("recording"):
        call = await telephone.call(Scenario(name="broken", description="Agrees.", steps=(YES, LEAVE)))

    record = await services.records.find(call.call_id)
    assert record is not None and record.ended_at is not None
    assert (record.ended_by, record.transcript != ()) == ("caller", True), call.story


@pytest.mark.requirement("OP-80")
async def test_given_a_refusal_then_no_audio_of_the_call_is_anywhere(
    telephone: Any, services: Services, settings: Settings
) -> None:
    call = await telephone.call(Scenario(name="refused", description="Refuses.", steps=(NO, LEAVE)))

    record = await services.records.find(call.call_id)
    assert record is not None and record.recordings == ()
    assert [consent["answer"] for consent in record.consents] == ["REFUSED"], call.story
    assert audio_files(settings) == []


@pytest.mark.requirement("OP-79")
@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
@pytest.mark.parametrize("words", ["You know what, please stop recording.", "Could we go on without the recording?"])
async def test_given_consent_taken_back_then_the_recording_is_gone_and_its_row_says_so(
    words: str, telephone: Any, services: Services, settings: Settings
) -> None:
    call = await telephone.call(
        Scenario(name="taken_back", description="Takes it back.", steps=(YES, {"say": words}, LEAVE))
    )

    record = await services.records.find(call.call_id)
    assert record is not None
    assert [consent["answer"] for consent in record.consents] == ["GRANTED", "WITHDRAWN"], call.story
    (recording,) = record.recordings
    assert recording["deleted_at"] is not None
    assert audio_files(settings) == []


@pytest.mark.requirement("OP-79")
@pytest.mark.requirement("OP-85", part="every answer makes a record; there is no policy `notice`")
async def test_given_consent_taken_back_elsewhere_while_the_call_runs_then_the_recording_is_gone(
    telephone: Any, services: Services, settings: Settings
) -> None:
    telephone.when("consent", lambda granted: told_elsewhere(services, granted.call_id, ConsentAnswer.WITHDRAWN))
    call = await telephone.call(Scenario(name="by_key", description="Presses it away.", steps=(YES, QUESTION, LEAVE)))

    record = await services.records.find(call.call_id)
    assert record is not None
    assert [consent["answer"] for consent in record.consents] == ["GRANTED", "WITHDRAWN"], call.story
    (recording,) = record.recordings
    assert recording["deleted_at"] is not None
    assert audio_files(settings) == []


async def test_given_consent_told_elsewhere_before_then_the_call_is_recorded_and_nobody_is_asked(
    telephone: Any, services: Services, settings: Settings
) -> None:
    telephone.when("ringing", lambda ringing: told_elsewhere(services, ringing.call_id, ConsentAnswer.GRANTED))
    call = await telephone.call(Scenario(name="asked_before", description="Was asked before.", steps=(QUESTION, LEAVE)))

    record = await services.records.find(call.call_id)
    assert record is not None
    assert [consent["key"].split(":")[0] for consent in record.consents] == ["told"], call.story
    assert [str(path) for path in audio_files(settings)] == [recording["path"] for recording in record.recordings]
    assert "record" not in call.agent_words.lower()


async def test_given_a_card_and_a_social_security_number_then_nothing_keeps_them_and_the_recording_is_silent(
    telephone: Any, services: Services, settings: Settings, lab: LabControl
) -> None:
    sessions: list[str] = []

    async def look(_: Any) -> None:
        assert isinstance(settings.redis, RedisSettings)
        url = settings.redis.url.get_secret_value()
        async with redis.Redis.from_url(url, decode_responses=True) as client, asyncio.timeout(60):
            while not any("[card number]" in each for each in sessions):
                await asyncio.sleep(0.1)
                sessions[:] = [str(await client.get(key)) async for key in client.scan_iter("pickup:*:session:*")]

    telephone.when("secret_masked", look)
    await lab.forget_requests()
    call = await telephone.call(
        Scenario(name="secrets", description="Gives too much.", steps=(YES, CARD, QUESTION, SOCIAL, "listen"))
    )

    record = await services.records.find(call.call_id)
    assert record is not None
    said = " ".join(each["text"] for each in record.transcript if each["speaker"] == "caller")
    assert "[card number]" in said and "[social security number]" in said, call.story
    kept = {
        "record": record,
        "journal": call.events,
        "sessions": sessions,
        "model": (await lab.requests())["last"]["llm"],
    }
    assert sessions and kept["model"]
    for place, value in kept.items():
        assert not KEPT_BACK.search(re.sub(r"[\s,.\-]", "", str(value))), (place, value)
    assert NOT_TAKEN_LINE.split(",")[1].strip() in call.agent_words, call.story

    # a recording ends with each secret, silent from there on, and another begins
    assert [event.kind for event in call.events].count("recording_silenced") == 2, call.story
    assert len(record.recordings) == 3 and all(each["ended_at"] and not each["failed"] for each in record.recordings)
    caller_spoke = [voiced(channels(Path(each["path"]))[0]) for each in record.recordings]
    agent_spoke = [voiced(channels(Path(each["path"]))[1]) for each in record.recordings]
    assert [len(spans) for spans in caller_spoke] == [0, 1, 0], (caller_spoke, call.story)
    assert all(agent_spoke), agent_spoke


async def told_elsewhere(services: Services, call_id: str, answer: ConsentAnswer) -> None:
    await record_consent(
        services.consents,
        services.clock,
        call_id=call_id,
        key=f"told:dialog:{answer.value}",
        answer=answer,
        policy_version="2026-11",
        text="May we record this call?",
        language="en",
        utterance="",
    )


def audio_files(settings: Settings) -> list[Path]:
    return [path for path in settings.data_dir.rglob("*") if path.suffix.lower() in (".ogg", ".wav", ".opus", ".mp3")]


def channels(path: Path) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].channels == 2
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    both = np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])
    return both[:, 0], both[:, 1]


def begins_ms(record: CallRecord) -> float:
    """Where the recording begins, ms after the answer."""
    assert record.answered_at is not None
    started = datetime.fromisoformat(record.recordings[0]["started_at"])
    return (started - record.answered_at).total_seconds() * 1000


def assert_near(samples: NDArray[np.int16], expected: list[tuple[float, float]]) -> None:
    """The voice on a channel begins and ends where it was expected, ms from the beginning of the recording."""
    expected = [span for span in expected if span[0] > BEGINNING_MS]
    found = [span for span in voiced(samples) if span[0] > BEGINNING_MS]
    assert len(found) == len(expected) > 0, (found, expected)
    off = [abs(a - b) for one, other in zip(found, expected, strict=True) for a, b in zip(one, other, strict=True)]
    assert max(off) <= MOST_OFF_MS, (found, expected)


def voiced(samples: NDArray[np.int16]) -> list[tuple[float, float]]:
    """From where to where there is a voice, as a caller's ear tells it."""
    spans: list[tuple[float, float]] = []
    for index, frame in enumerate(samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)):
        span = sound.voiced_span(sound.from_pcm(frame.tobytes()), RATE)
        if span is None:
            continue
        start, end = (index * FRAME_MS + edge * 1000 / RATE for edge in span)
        if spans and start - spans[-1][1] < BRIDGE_MS:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [span for span in spans if span[1] - span[0] > LEAST_MS]


async def test_given_a_caller_who_hangs_up_on_their_card_number_then_the_recording_is_silent_all_the_same(
    telephone: Any, services: Services
) -> None:
    telephone.when("secret_masked", telephone.hang_up)
    call = await telephone.call(Scenario(name="secret", description="Leaves at once.", steps=(YES, CARD, "listen")))

    record = await services.records.find(call.call_id)
    assert record is not None
    assert [event.kind for event in call.events].count("recording_silenced") == 1, call.story
    paths = [Path(each["path"]) for each in record.recordings]
    assert paths and not any(voiced(channels(path)[0]) for path in paths if path.stat().st_size), call.story
