"""The caller's ear: detects the agent's voice by energy alone, and keeps both directions of the call."""

from math import inf

from lab.base import sound
from lab.person.wire import FRAME_SECONDS, RATE, Moment

_BRIDGE_MS = 300.0
"""A pause shorter than this is within a sentence."""
_FRAME_MS = FRAME_SECONDS * 1000
_FRAME_BYTES = 640


class Ear:
    """Takes the call moment by moment. Times are seconds (ms where it says so) after the answer."""

    def __init__(self) -> None:
        self.next_index = 0
        self.spans: list[tuple[float, float]] = []
        """(start, end) of the agent's speech, ms; pauses under 300 ms are bridged."""
        self.spoke = False
        """Whether the agent has spoken since `forget`."""
        self._said = bytearray()
        # a moment's `said` lies before its `played`
        self._played = bytearray(_FRAME_BYTES)
        self._forgot_at = 0

    @property
    def seconds(self) -> float:
        return self.next_index * FRAME_SECONDS

    @property
    def quiet_seconds(self) -> float:
        """Seconds since the agent's last sound; infinite before its first."""
        return self.seconds - self.spans[-1][1] / 1000 if self.spans else inf

    @property
    def turn(self) -> bytes:
        """The agent's sound since `forget`, s16le 16 kHz."""
        return bytes(self._played[self._forgot_at :])

    @property
    def wav(self) -> bytes:
        """Both directions, caller left, agent right; empty before the first moment."""
        return sound.wav(sound.stereo(bytes(self._said), bytes(self._played)), RATE, channels=2) if self._said else b""

    def take(self, moment: Moment) -> None:
        self._said += moment.said
        self._played += moment.played
        self.next_index = moment.index + 1
        span = sound.voiced_span(sound.from_pcm(moment.played), RATE)
        if span is None:
            return
        self.spoke = True
        start, end = (moment.index * _FRAME_MS + edge * 1000 / RATE for edge in span)
        if self.spans and start - self.spans[-1][1] < _BRIDGE_MS:
            self.spans[-1] = (self.spans[-1][0], end)
        else:
            self.spans.append((start, end))

    def forget(self) -> None:
        """Begins the agent's next turn."""
        self.spoke = False
        self._forgot_at = len(self._played)
