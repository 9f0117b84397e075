"""The voice-activity detector of one call: far quieter sound than the caller's own words is no voice of theirs.

The shared detector finds a voice in a television 35 dB below the caller. The agent would pause for it, and wait for its
end before it answers.
"""

import math
from collections import deque
from contextlib import aclosing

import numpy as np
from livekit import rtc
from livekit.agents import vad

from agent.speech.stream_time import StreamTime
from shared.tasks import Tasks

QUIETER_DB = 18.0
"""Below the caller's loudest sounds. Their own words vary by some 10 dB; a voice across the room is 20 dB below."""
USUAL_DB = -24.0
"""Of a caller that has said nothing yet: a faint one. A telephone's speech is usually 6 dB louder."""
_HOLD_SECONDS = 0.2
"""A dip within a word is passed on, however quiet."""
_LEARNED = 4
"""Utterances of which the caller's loudness is made."""
_SILENCE_DB = -96.0


def loudness(frame: rtc.AudioFrame) -> float:
    """RMS in dB of full scale, not below -96."""
    samples = np.frombuffer(frame.data, np.int16).astype(np.float32)
    rms = math.sqrt(float(np.mean(np.square(samples)))) if samples.size else 0.0
    return max(_SILENCE_DB, 20 * math.log10(rms / 32768)) if rms else _SILENCE_DB


class Foreground(vad.VAD):
    """Gives `ear` silence in place of distant sound."""

    def __init__(self, ear: vad.VAD) -> None:
        super().__init__(capabilities=ear.capabilities)
        self._ear = ear
        self._loudness: deque[float] = deque(maxlen=_LEARNED)
        self.voice_began_at = 0.0
        """When the caller last began to speak, by time.time(): a busy detector notices it later."""

    @property
    def model(self) -> str:
        return self._ear.model

    @property
    def provider(self) -> str:
        return self._ear.provider

    def learn(self, level: float) -> None:
        """The caller has said words to the agent, whose loudest sounds had `level` dB of full scale."""
        self._loudness.append(level)

    def forget(self) -> None:
        """Somebody else may have the telephone now, or the caller may have moved away from it."""
        self._loudness.clear()

    def distant(self, level: float) -> bool:
        """Whether a sound of `level` dB of full scale is too quiet to be the caller's."""
        loudness = sum(self._loudness) / len(self._loudness) if self._loudness else USUAL_DB
        return level < loudness - QUIETER_DB

    def stream(self) -> vad.VADStream:
        return _NearStream(self, self._ear)


class _NearStream(vad.VADStream):
    def __init__(self, foreground: Foreground, ear: vad.VAD) -> None:
        self._foreground = foreground
        self._detector = ear.stream()
        self._hold_seconds = 0.0
        self._time = StreamTime()
        super().__init__(foreground)

    async def _main_task(self) -> None:
        async with aclosing(self._detector), Tasks() as tasks:
            tasks.start("audio to the voice-activity detector", self._pass_on)
            async for event in self._detector:
                if event.type is vad.VADEventType.START_OF_SPEECH:
                    self._foreground.voice_began_at = self._time.at(event.timestamp - event.speech_duration)
                self._event_ch.send_nowait(event)

    async def _pass_on(self) -> None:
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                self._time.count(item)
                self._detector.push_frame(self._near(item))
            else:
                # the detector counts anew
                self._time = StreamTime()
                self._detector.flush()
        self._detector.end_input()

    def _near(self, frame: rtc.AudioFrame) -> rtc.AudioFrame:
        if not self._foreground.distant(loudness(frame)):
            self._hold_seconds = _HOLD_SECONDS
            return frame
        self._hold_seconds -= frame.duration
        if self._hold_seconds > 0:
            return frame
        silence = bytes(frame.samples_per_channel * frame.num_channels * 2)
        return rtc.AudioFrame(silence, frame.sample_rate, frame.num_channels, frame.samples_per_channel)
