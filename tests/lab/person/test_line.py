"""The embedded line under a real AgentSession: what the caller hears, when, and what the session is told of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession, inference
from livekit.agents.utils import http_context
from livekit.agents.voice.io import PlaybackFinishedEvent, PlaybackProgressedEvent

from lab.base import sound
from lab.person.ear import Ear
from lab.person.line import EmbeddedLine, LineAudioOutput
from lab.person.wire import Codec, Wire


def frame(seconds: float = 0.01, rate: int = 24000) -> rtc.AudioFrame:
    count = round(seconds * rate)
    pcm = sound.to_pcm((0.3 * np.sin(2 * np.pi * 400 * np.arange(count) / rate)).astype(np.float32))
    return rtc.AudioFrame(pcm, rate, 1, count)


async def tone(seconds: float, rate: int = 24000) -> AsyncIterator[rtc.AudioFrame]:
    for _ in range(round(seconds * 100)):
        yield frame(rate=rate)


async def listened(wire: Wire, ear: Ear) -> None:
    while (moment := await wire.ear.get()) is not None:
        ear.take(moment)


@asynccontextmanager
async def call(
    codec: Codec = "wideband", **settings: Any
) -> AsyncIterator[tuple[Wire, EmbeddedLine, AgentSession[Any], Ear]]:
    """An answered call; the ear has heard all of it when the context is left."""
    async with http_context.open(), Wire(codec) as wire:
        line = EmbeddedLine(wire, did="+12065550100", caller="+12065550142")
        session: AgentSession[Any] = AgentSession(
            aec_warmup_duration=None, session_close_transcript_timeout=0.2, **{"vad": None, **settings}
        )
        ear = Ear()
        listening = asyncio.create_task(listened(wire, ear))
        try:
            assert await line.answer(session, Agent(instructions="", id="test"))
            yield wire, line, session, ear
        finally:
            await session.aclose()
            wire.end("caller", "test_over")
            await listening


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("codec", ["wideband", "g711"])
async def test_given_a_greeting_when_answered_then_it_is_heard_within_200_ms_and_whole(codec: Codec) -> None:
    async with call(codec) as (wire, _, session, ear):
        speech = session.say("Hello.", audio=tone(1.0))
        await speech.wait_for_playout()
        await asyncio.sleep(0.1)
    assert ear.spans[0][0] < 200
    assert ear.spans[0][1] - ear.spans[0][0] == pytest.approx(1000, abs=15)
    assert len(ear.spans) == 1
    assert wire.lost_frames == 0


async def test_given_audio_of_another_rate_when_spoken_then_its_length_is_kept() -> None:
    async with call() as (_, _, session, ear):
        await session.say("Hello.", audio=tone(0.5, rate=48000)).wait_for_playout()
        await asyncio.sleep(0.1)
    assert ear.spans[0][1] - ear.spans[0][0] == pytest.approx(500, abs=15)


async def test_given_agent_speech_when_interrupted_then_it_ends_where_the_caller_heard_it() -> None:
    finished: list[PlaybackFinishedEvent] = []
    async with call() as (_, line, session, ear):
        line.audio_output.on("playback_finished", finished.append)
        speech = session.say("A long story.", audio=tone(5.0))
        await until(lambda: ear.quiet_seconds < 0.1 and ear.seconds > 0.8)
        await session.interrupt(force=True)
        await speech.wait_for_playout()
        await asyncio.sleep(0.1)
    heard = (ear.spans[0][1] - ear.spans[0][0]) / 1000
    assert [event.interrupted for event in finished] == [True]
    assert finished[0].playback_position == pytest.approx(heard, abs=0.025)
    assert heard < 2


async def test_given_agent_speech_when_the_caller_speaks_then_the_agent_yields() -> None:
    vad = inference.VAD(model="silero")
    # beforehand: it takes a second and more, in which the agent would go on
    words = await spoken("Excuse me, may I ask you something else?")
    turns = {"turn_detection": "vad", "interruption": {"min_duration": 0.3}}
    async with call(vad=vad, turn_handling=turns) as (wire, line, session, ear):
        finished: list[PlaybackFinishedEvent] = []
        line.audio_output.on("playback_finished", finished.append)
        session.say("A long story.", audio=tone(8.0))
        await until(lambda: ear.quiet_seconds < 0.1)
        for piece in sound.frames_of(words, 320):
            wire.mouth.put_nowait(piece)
        await until(lambda: bool(finished))
        await asyncio.sleep(0.1)
    assert finished[0].interrupted
    assert ear.spans[0][1] - ear.spans[0][0] < 3000


async def spoken(text: str) -> sound.Samples:
    from hibari import Hibari

    return sound.trimmed(sound.resample(Hibari(threads=1)(text), 24000, 16000), 16000)


async def test_given_a_greeting_when_the_agent_hangs_up_then_the_caller_hears_it_to_the_end() -> None:
    async with call() as (_, line, session, ear):
        session.say("Goodbye.", audio=tone(1.0))
        await until(lambda: line.audio_output.buffered_seconds > 0.5)
        await line.hang_up("goodbye")
        ending = await line.ended()
        await line.hang_up("again")
        assert (await line.ended()) is ending
    assert (ending.by, ending.reason) == ("agent", "goodbye")
    assert ear.spans[0][1] - ear.spans[0][0] == pytest.approx(1000, abs=25)


async def test_given_a_paused_speaker_when_the_agent_hangs_up_then_it_is_bounded() -> None:
    async with call() as (_, line, session, _):
        session.say("Goodbye.", audio=tone(0.5))
        await until(lambda: line.audio_output.buffered_seconds > 0.2)
        line.audio_output.pause()
        async with asyncio.timeout(4):
            await line.hang_up("goodbye")


async def test_given_agent_speech_when_the_caller_hangs_up_then_the_session_is_not_left_waiting() -> None:
    async with call() as (wire, line, session, ear):
        speech = session.say("A long story.", audio=tone(8.0))
        await until(lambda: ear.quiet_seconds < 0.1 and ear.seconds > 0.5)
        wire.end("caller", "caller_hung_up")
        async with asyncio.timeout(1):
            assert (await line.ended()).by == "caller"
            await speech.wait_for_playout()
            # what is said into a dead line ends too
            await session.say("Anybody there?", audio=tone(1.0)).wait_for_playout()
            await line.hang_up("goodbye")
    assert ear.wav


async def test_given_a_ringing_call_when_rejected_then_the_line_ends_with_the_code() -> None:
    async with Wire() as wire:
        line = EmbeddedLine(wire, did="1", caller=None)
        await line.reject(486)
        ending = await line.ended()
        assert (ending.by, ending.sip_code) == ("system", 486)
        assert not wire.answered.is_set()
        wire.connect()
        assert not wire.answered.is_set()


async def test_given_a_caller_who_gave_up_when_answered_then_nobody_is_connected() -> None:
    async with http_context.open(), Wire() as wire:
        line = EmbeddedLine(wire, did="1", caller=None)
        session: AgentSession[Any] = AgentSession(vad=None, session_close_transcript_timeout=0.2)
        wire.end("caller", "caller_hung_up")
        assert not await line.answer(session, Agent(instructions=""))
        await session.aclose()
    assert wire.answered_after_seconds is None


async def test_given_keys_when_pressed_then_they_come_one_by_one_until_the_end() -> None:
    async with Wire() as wire:
        line = EmbeddedLine(wire, did="1", caller=None)
        for digit in "12#":
            wire.press(digit)
        wire.end("caller", "caller_hung_up")
        assert [digit async for digit in line.digits()] == ["1", "2", "#"]
        assert [digit async for digit in line.digits()] == []


async def test_given_five_seconds_when_frames_are_paced_then_nothing_drifts() -> None:
    async with Wire() as wire:
        line = EmbeddedLine(wire, did="1", caller=None)
        wire.connect()
        arrivals: list[float] = []
        async for heard in line.audio_input:
            assert (heard.sample_rate, heard.samples_per_channel) == (16000, 320)
            arrivals.append(time.monotonic())
            if len(arrivals) == 100:
                time.sleep(0.3)  # noqa: ASYNC251 a blocked loop is what is tried
            if len(arrivals) == 251:
                break
    assert arrivals[-1] - arrivals[0] == pytest.approx(5.0, abs=0.05)


async def test_given_a_reader_who_sleeps_when_much_is_said_then_the_oldest_is_lost_and_memory_bounded() -> None:
    async with Wire() as wire:
        wire.connect()
        for _ in range(2000):
            wire.pass_frame()
        assert wire.to_agent.qsize() == 1500
        assert wire.lost_frames >= 1000


async def test_given_a_pause_when_resumed_then_nothing_is_lost_and_both_stretches_are_reported() -> None:
    runs: list[PlaybackProgressedEvent] = []
    finished: list[PlaybackFinishedEvent] = []
    async with Wire() as wire:
        output = EmbeddedLine(wire, did="1", caller=None).audio_output
        output.on("playback_progressed", runs.append)
        output.on("playback_finished", finished.append)
        for _ in range(30):
            await output.capture_frame(frame(0.01))
        output.flush()
        pieces = [output.play() for _ in range(5)]
        output.pause()
        assert not any(output.play().any() for _ in range(10))
        output.resume()
        pieces += [output.play() for _ in range(11)]
    np.testing.assert_allclose(np.concatenate(pieces)[:7200], np.tile(sound.from_pcm(bytes(frame(0.01).data)), 30))
    assert [(round(run.offset, 3), round(run.duration, 3)) for run in runs] == [(0.0, 0.1), (0.1, 0.2)]
    assert [(round(event.playback_position, 3), event.interrupted) for event in finished] == [(0.3, False)]


async def test_given_a_line_that_plays_ahead_when_interrupted_then_what_it_takes_back_did_not_sound() -> None:
    output, finished = LineAudioOutput(), list[PlaybackFinishedEvent]()
    output.on("playback_finished", finished.append)
    output.take_back = lambda: 0.04
    assert output.take() is None
    for _ in range(50):
        await output.capture_frame(frame(0.01))
    for _ in range(10):
        assert output.take() is not None
    output.clear_buffer()
    output.flush()
    output.clear_buffer()
    assert [(round(event.playback_position, 3), event.interrupted) for event in finished] == [(0.16, True)]


async def test_given_several_segments_when_cleared_then_each_is_finished_once() -> None:
    output, finished = LineAudioOutput(), list[PlaybackFinishedEvent]()
    output.on("playback_finished", finished.append)
    for _ in range(2):
        await output.capture_frame(frame(0.1))
        output.flush()
    await output.capture_frame(frame(0.1))
    output.clear_buffer()
    await output.capture_frame(frame(0.1))
    output.flush()
    output.clear_buffer()
    await output.capture_frame(frame(0.02))
    output.flush()
    assert output.play().any()
    assert not output.play().any()
    assert [event.interrupted for event in finished] == [True, True, True, False]
    assert output.silent.is_set()


async def test_given_more_speech_than_the_buffer_holds_when_captured_then_the_speaker_waits() -> None:
    output = LineAudioOutput()
    for _ in range(121):
        await output.capture_frame(frame(1.0))
    waiting: Awaitable[None] = asyncio.ensure_future(output.capture_frame(frame(1.0)))
    await asyncio.sleep(0.05)
    assert not asyncio.isfuture(waiting) or not waiting.done()
    output.flush()
    output.clear_buffer()
    await asyncio.wait_for(waiting, 1)
