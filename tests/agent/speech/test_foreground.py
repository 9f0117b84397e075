"""Distant sound is silence for the voice-activity detector; near sound passes as it is."""

import asyncio
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import vad

from agent.speech.foreground import QUIETER_DB, Foreground, loudness
from agent.speech.stream_time import StreamTime

RATE, FRAME = 16_000, 320
VOICE_DB = -20.0


def frame(level_db: float) -> rtc.AudioFrame:
    sine = np.sin(np.arange(FRAME) * 2 * np.pi * 400 / RATE) * 32767 * np.sqrt(2) * 10 ** (level_db / 20)
    return rtc.AudioFrame(sine.astype(np.int16).tobytes(), RATE, 1, FRAME)


class Detector(vad.VAD):
    """Finds speech at the tenth frame, where it has run for 0.1 s; keeps the level of each frame."""

    def __init__(self) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=0.02))
        self.levels: list[float] = []

    def stream(self) -> vad.VADStream:
        return _Stream(self)


class _Stream(vad.VADStream):
    _vad: Detector

    async def _main_task(self) -> None:
        async for item in self._input_ch:
            if not isinstance(item, rtc.AudioFrame):
                continue
            self._vad.levels.append(loudness(item))
            if len(self._vad.levels) == 10:
                start = vad.VADEventType.START_OF_SPEECH
                event = vad.VADEvent(start, samples_index=0, timestamp=0.2, speech_duration=0.1, silence_duration=0)
                self._event_ch.send_nowait(event)


async def fed(foreground: Foreground, *levels: float) -> list[vad.VADEvent]:
    stream = foreground.stream()
    for level in levels:
        stream.push_frame(frame(level))
    stream.end_input()
    events = [event async for event in stream]
    await stream.aclose()
    return events


async def test_given_a_loudness_that_was_learned_then_what_is_far_quieter_is_silence_after_a_short_dip() -> None:
    detector = Detector()
    foreground = Foreground(detector)
    foreground.learn(VOICE_DB)
    distant = VOICE_DB - QUIETER_DB - 5
    await fed(foreground, VOICE_DB, *[distant] * 12, VOICE_DB - 10, distant)

    near, dip, gated = detector.levels[0], detector.levels[1:10], detector.levels[11:13]
    assert near == pytest.approx(VOICE_DB, abs=0.1)
    assert dip == pytest.approx([distant] * 9, abs=0.5)
    assert gated == [-96.0, -96.0]
    assert detector.levels[13:] == pytest.approx([VOICE_DB - 10, distant], abs=0.5)


@pytest.mark.parametrize(("learned", "level", "distant"), [((), -40, False), ((), -45, True), ((-10,), -30, True)])
def test_given_how_loud_the_caller_was_then_sound_is_distant_or_not(
    learned: tuple[float, ...], level: float, distant: bool
) -> None:
    foreground = Foreground(Detector())
    for each in learned:
        foreground.learn(each)
    assert foreground.distant(level) is distant
    foreground.forget()
    assert foreground.distant(-40) is False


async def test_given_a_shout_then_the_callers_usual_voice_is_not_distant() -> None:
    foreground = Foreground(Detector())
    for level in (VOICE_DB, VOICE_DB, VOICE_DB + 15, VOICE_DB):
        foreground.learn(level)
    assert not foreground.distant(VOICE_DB - 10)


async def test_given_speech_that_is_found_late_then_it_began_when_it_was_spoken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1_000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    foreground = Foreground(Detector())
    stream = foreground.stream()
    for _ in range(10):
        clock[0] += 0.02
        stream.push_frame(frame(VOICE_DB))
        await asyncio.sleep(0)
    clock[0] += 5.0
    async for event in stream:
        assert event.type is vad.VADEventType.START_OF_SPEECH
        break
    await stream.aclose()
    assert foreground.voice_began_at == pytest.approx(1_000.1, abs=0.03)


def test_given_frames_that_come_late_then_the_earliest_tell_when_a_second_was_spoken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock: list[Any] = [1_000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    stream = StreamTime()
    assert stream.at(5.0) == 1_000.0
    for number in range(1, 51):
        # the second half comes at once, half a second late
        clock[0] = 1_000.0 + (number * 0.02 if number <= 25 else 1.5)
        stream.count(frame(VOICE_DB))
    assert stream.seconds == pytest.approx(1.0)
    assert stream.at(0.3) == pytest.approx(1_000.3)
    assert stream.at(9.0) == 1_001.5
