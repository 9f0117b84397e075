"""When recognised words were spoken and how loud they were, whenever the recogniser delivers them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, stt
from livekit.agents.language import LanguageCode

from agent.speech.listening import Listening, Spoken

RATE, FRAME = 16_000, 320


class Recogniser(stt.STT):
    """Delivers `events` once all sound has come."""

    def __init__(self, *events: stt.SpeechEvent) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=True, interim_results=True))
        self.events = events

    def stream(self, *, language: Any = None, conn_options: Any = None) -> stt.RecognizeStream:
        return _Stream(stt=self, conn_options=APIConnectOptions())

    async def _recognize_impl(self, buffer: Any, *, language: Any, conn_options: Any) -> stt.SpeechEvent:
        raise NotImplementedError


class _Stream(stt.RecognizeStream):
    async def _run(self) -> None:
        async for _ in self._input_ch:
            pass
        assert isinstance(self._stt, Recogniser)
        for event in self._stt.events:
            self._event_ch.send_nowait(event)


def final(text: str, start: float, end: float) -> stt.SpeechEvent:
    words = stt.SpeechData(language=LanguageCode("en"), text=text, start_time=start, end_time=end)
    return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[words])


def frame(rms: float) -> rtc.AudioFrame:
    samples = np.full(FRAME, rms, np.int16)
    return rtc.AudioFrame(samples.tobytes(), RATE, 1, FRAME)


async def test_given_words_that_are_delivered_late_then_their_time_and_level_are_those_of_their_sound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [1_000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    sifted: list[tuple[str, Spoken]] = []

    def sift(event: stt.SpeechEvent, spoken: Spoken) -> Sequence[stt.SpeechEvent]:
        sifted.append((event.alternatives[0].text, spoken))
        return [event] if event.alternatives[0].text != "Uh-huh." else []

    listening = Listening(Recogniser(final("Uh-huh.", 0.2, 0.6), final("Stop.", 1.0, 1.4), final("No times.", 0, 0)))
    listening.sift = sift
    stream = listening.stream()
    for number in range(100):
        clock[0] += 0.02
        stream.push_frame(frame(3277 if number < 40 else 328))
        await stream_turn()
    clock[0] += 7.0
    stream.end_input()
    passed = [event.alternatives[0].text async for event in stream if event.alternatives]
    await stream.aclose()

    assert passed == ["Stop.", "No times."]
    (_, sign), (_, words), (_, unknown) = sifted
    assert (sign.began_at, sign.ended_at) == pytest.approx((1_000.2, 1_000.6), abs=0.03)
    assert (words.began_at, words.ended_at) == pytest.approx((1_001.0, 1_001.4), abs=0.03)
    assert (sign.level, words.level) == pytest.approx((-20.0, -40.0), abs=0.1)
    assert (unknown.began_at, unknown.level) == (pytest.approx(1_009.0), None)
    assert listening.recognised_until == unknown.ended_at


async def stream_turn() -> None:
    """Lets the stream take what was pushed."""
    for _ in range(5):
        await asyncio.sleep(0)
