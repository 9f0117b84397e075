"""Mixes the audio of a room's participants into one stream for the phone."""

from collections import deque

import numpy as np

LATE_FRAMES = 3
"""Frames of one voice that may wait for another's; beyond that the other counts as silent."""


class Mix:
    """Adds the frames of several voices without a clock: one voice leads, the others are added to it.

    A single voice passes at once. When the leader stops sending, the voice whose frames pile up replaces it.
    """

    def __init__(self) -> None:
        self._leader: str | None = None
        self._waiting: dict[str, deque[bytes]] = {}

    def add(self, voice: str, pcm: bytes) -> bytes | None:
        """Takes a frame of a voice (s16le, mono, all of one length); returns the frame to play now, if any."""
        mine = self._waiting.setdefault(voice, deque(maxlen=LATE_FRAMES))
        if self._leader is None or len(mine) == LATE_FRAMES:
            self._leader = voice
        if voice != self._leader:
            mine.append(pcm)
            return None
        mine.append(pcm)
        return _sum([frames.popleft() for frames in self._waiting.values() if frames])

    def drop(self, voice: str) -> None:
        """The voice has left."""
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
