"""The two ends of a call under test: a bare participant in the room, and somebody at a phone."""

import asyncio
from types import TracebackType
from typing import Any, Self

import numpy as np
from livekit import api, rtc

from lab.sip.stack import Leg

PHONE_HZ, PERSON_HZ = 700, 440
_LOUD = 800.0


def loudest(samples: np.ndarray, rate: int) -> int:
    """The frequency that is loudest in what was heard last, in tens of Hz; 0 when it was quiet.

    A frame that came late leaves a gap in the tone, which moves the peak of half a second by a bin of 2 Hz.
    """
    last = samples[-rate // 2 :].astype(float)
    if len(last) < rate // 4 or last.std() < _LOUD:
        return 0
    return round(int(np.abs(np.fft.rfft(last)).argmax()) * rate / len(last) / 10) * 10


def contains(samples: np.ndarray, rate: int, hertz: int) -> bool:
    """Whether a tone is among what was heard last."""
    last = samples[-rate // 2 :].astype(float)
    heights = np.abs(np.fft.rfft(last))
    at = round(hertz * len(last) / rate)
    return len(last) >= rate // 4 and heights[at - 1 : at + 2].max() > 20 * np.median(heights) + _LOUD * len(last) / 8


def tone(hertz: int, rate: int) -> bytes:
    """One second, s16le."""
    return (np.sin(np.arange(rate) * 2 * np.pi * hertz / rate) * 8000).astype(np.int16).tobytes()


class Person:
    """A bare participant: hears all who speak, speaks a tone when told, notes what happens."""

    def __init__(
        self, url: str, key: str, secret: str, room: str, *, name: str = "person", hertz: int = PERSON_HZ
    ) -> None:
        self.digits: list[str] = []
        self.statuses: list[str] = []
        """Of the phone, `sip.callStatus`, each as it changed."""
        self.left: list[tuple[str, int]] = []
        """Who left, and why."""
        self.room = rtc.Room()
        self._url, self._hertz = url, hertz
        grants = api.VideoGrants(room_join=True, room=room)
        self._token = api.AccessToken(key, secret).with_identity(name).with_grants(grants).to_jwt()
        self._source = rtc.AudioSource(24_000, 1)
        self._heard: list[np.ndarray] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self.room.on("sip_dtmf_received", lambda digit: self.digits.append(digit.digit))
        self.room.on("participant_attributes_changed", lambda changed, _: self._changed(changed))
        self.room.on("participant_disconnected", lambda who: self.left.append((who.identity, who.disconnect_reason)))
        self.room.on("track_subscribed", lambda track, *_: self._own(self._hear(track)))
        await self.room.connect(self._url, self._token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # first the room: a track that is subscribed to meanwhile starts another task
        await self.room.disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._source.aclose()

    async def speak(self) -> None:
        """Publishes a track, which the service answers the call for; the tone goes on until the person leaves."""
        track = rtc.LocalAudioTrack.create_audio_track("voice", self._source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        await self.room.local_participant.publish_track(track, options)
        self._own(self._say())

    @property
    def hears(self) -> int:
        """The frequency heard last, 0 for silence."""
        return loudest(np.concatenate(self._heard[-50:]), 16_000) if self._heard else 0

    def _changed(self, changed: dict[str, str]) -> None:
        if "sip.callStatus" in changed:
            self.statuses.append(changed["sip.callStatus"])

    def _own(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _say(self) -> None:
        second = tone(self._hertz, 24_000)
        while True:
            for start in range(0, len(second), 960):
                await self._source.capture_frame(rtc.AudioFrame(second[start : start + 960], 24_000, 1, 480))

    async def _hear(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=16_000, num_channels=1, frame_size_ms=20)
        try:
            async for event in stream:
                self._heard.append(np.frombuffer(event.frame.data, np.int16).copy())
        finally:
            await stream.aclose()


class Talk:
    """A phone's user on a leg, once its sound is there: speaks a tone and hears, inside `async with`."""

    def __init__(self, leg: Leg, *, hertz: int = PHONE_HZ) -> None:
        self.leg = leg
        self._hertz = hertz
        self._heard: list[np.ndarray] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await asyncio.wait_for(self.leg.connected.wait(), 5)
        self._tasks = [asyncio.create_task(self._say()), asyncio.create_task(self._hear())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def hears(self) -> int:
        """The frequency heard last, 0 for silence."""
        return loudest(np.concatenate(self._heard[-50:]), self.leg.rate) if self._heard else 0

    def has(self, hertz: int) -> bool:
        """Whether a tone is among what was heard last."""
        return bool(self._heard) and contains(np.concatenate(self._heard[-50:]), self.leg.rate, hertz)

    async def _say(self) -> None:
        second = tone(self._hertz, self.leg.rate)
        at, size = 0, self.leg.rate // 50 * 2
        while not self.leg.ending:
            if self.leg.unspoken_seconds < 0.06:
                self.leg.speak(second[at : at + size])
                at = (at + size) % len(second)
            await asyncio.sleep(0.005)

    async def _hear(self) -> None:
        async for heard in self.leg.audio():
            self._heard.append(np.frombuffer(heard.pcm, np.int16))
