"""Several people in a room, one sound for the phone."""

from collections import deque

import numpy as np

LATE_FRAMES = 3
"""Frames of one voice that may wait for another's: beyond that the other is thought silent."""


class Mix:
    """Adds up the frames of several voices without a clock of its own: one voice leads, the others are added to it.

    A voice alone passes at once. A leader who stopped sending is replaced by whoever's frames pile up.
    """

    def __init__(self) -> None:
        self._leader: str | None = None
        self._waiting: dict[str, deque[bytes]] = {}

    def add(self, voice: str, pcm: bytes) -> bytes | None:
        """A frame (s16le, mono, all of one length) of a voice. What to play now, if it is time for that."""
        mine = self._waiting.setdefault(voice, deque(maxlen=LATE_FRAMES))
        if self._leader is None or len(mine) == LATE_FRAMES:
            self._leader = voice
        if voice != self._leader:
            mine.append(pcm)
            return None
        mine.append(pcm)
        return _sum([frames.popleft() for frames in self._waiting.values() if frames])

    def drop(self, voice: str) -> None:
        """It has left."""
        self._waiting.pop(voice, None)
        if self._leader == voice:
            self._leader = None


def _sum(frames: list[bytes]) -> bytes:
    if len(frames) == 1:
        return frames[0]
    total = np.zeros(min(map(len, frames)) // 2, np.int32)
    for frame in frames:
        total += np.frombuffer(frame, np.int16)[: len(total)]
    return np.clip(total, -32768, 32767).astype(np.int16).tobytes()
