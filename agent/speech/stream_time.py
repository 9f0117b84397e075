"""The time at which each second of a stream of sound was spoken."""

import time
from collections import deque

from livekit import rtc

_NEWEST = 100
"""Frames of 20 ms: two seconds, the longest that a busy process is late with its audio."""


class StreamTime:
    """Counts a stream's frames as they come. A frame comes late at times and never early, so the earliest are right."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """Length of the stream so far."""
        self._zeros: deque[float] = deque(maxlen=_NEWEST)
        """When the stream began, by each of the newest frames."""

    def count(self, frame: rtc.AudioFrame) -> None:
        self.seconds += frame.duration
        self._zeros.append(time.time() - self.seconds)

    def at(self, seconds: float) -> float:
        """When this second of the stream was spoken, by time.time(); now, before the first frame."""
        now = time.time()
        return min(now, min(self._zeros) + seconds) if self._zeros else now
