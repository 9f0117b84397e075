"""The room's side of a bridged call: a reader of a track that fails in an unforeseen way starts again."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from unforeseen import Breaking, reported

from lab.gateway import room
from lab.gateway.room import RoomSide
from shared.tasks import Tasks

RATE = 16_000
PCM = np.full(RATE // 100, 5000, np.int16).tobytes()


@pytest.fixture
async def voice() -> AsyncIterator[rtc.LocalAudioTrack]:
    """A track that has sound as long as the test runs."""
    source = rtc.AudioSource(RATE, 1)

    async def speak() -> None:
        while True:
            await source.capture_frame(rtc.AudioFrame(PCM, RATE, 1, RATE // 100))

    async with Tasks() as tasks:
        tasks.start("voice", speak)
        yield rtc.LocalAudioTrack.create_audio_track("voice", source)
    await source.aclose()


async def test_given_the_reader_of_a_track_is_killed_then_it_is_reported_and_the_phone_gets_its_audio(
    voice: rtc.LocalAudioTrack, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = asyncio.Event()
    monkeypatch.setattr(room.rtc, "AudioStream", Breaking(rtc.AudioStream))
    leg: Any = SimpleNamespace(ending=None, rate=8000, unspoken_seconds=0.0, speak=lambda _: spoken.set())
    side = RoomSide()
    async with reported("audio of track TR_1"):
        side.bridge(leg)
        side._add_track("TR_1", voice)
        async with asyncio.timeout(10):
            await spoken.wait()
        await side.leave()


async def test_given_a_track_when_its_subscription_is_lost_and_comes_back_at_once_then_it_is_played_again() -> None:
    side, played = RoomSide(), list[str]()
    track: Any = object()

    async def play(number: str, *_: Any) -> None:
        played.append(number)
        await asyncio.Event().wait()

    side._play_track = play  # type: ignore[method-assign]
    side._leg = track
    try:
        side._add_track("TR_1", track)
        await asyncio.sleep(0)
        for _ in range(2):
            side._remove_track("TR_1")
            side._add_track("TR_1", track)
            for _ in range(5):
                await asyncio.sleep(0)
        assert played == ["TR_1"] * 3
        assert len(side._tasks.running) == 1, "the lost readers have ended"
    finally:
        await side.leave()
