"""The caller's ear: what it heard of the agent, by energy alone, and both tracks of the call for later."""

from math import inf

from lab.base import sound
from lab.person.wire import FRAME_SECONDS, RATE, Moment

_BRIDGE_MS = 300.0
"""A pause shorter than this is within a sentence."""
_FRAME_MS = FRAME_SECONDS * 1000
_FRAME_BYTES = 640


class Ear:
    """Fed moment by moment. Times are seconds (or ms, where it says so) after the answer."""

    def __init__(self) -> None:
        self.next_index = 0
        self.spans: list[tuple[float, float]] = []
        """From where to where the agent's voice went, ms; pauses under 300 ms bridged."""
        self.spoke = False
        """Whether the agent was heard since `forget`."""
        self._said = bytearray()
        # a moment's `said` lies before its `heard`
        self._heard = bytearray(_FRAME_BYTES)
        self._forgot_at = 0

    @property
    def seconds(self) -> float:
        return self.next_index * FRAME_SECONDS

    @property
    def quiet_seconds(self) -> float:
        """Since the agent's last sound; infinite before its first."""
        return self.seconds - self.spans[-1][1] / 1000 if self.spans else inf

    @property
    def turn(self) -> bytes:
        """What was heard since `forget`, s16le 16 kHz."""
        return bytes(self._heard[self._forgot_at :])

    @property
    def wav(self) -> bytes:
        """Both tracks, caller left, agent right; empty when no moment came."""
        return sound.wav(sound.stereo(bytes(self._said), bytes(self._heard)), RATE, channels=2) if self._said else b""

    def take(self, moment: Moment) -> None:
        self._said += moment.said
        self._heard += moment.heard
        self.next_index = moment.index + 1
        span = sound.voiced_span(sound.from_pcm(moment.heard), RATE)
        if span is None:
            return
        self.spoke = True
        start, end = (moment.index * _FRAME_MS + edge * 1000 / RATE for edge in span)
        if self.spans and start - self.spans[-1][1] < _BRIDGE_MS:
            self.spans[-1] = (self.spans[-1][0], end)
        else:
            self.spans.append((start, end))

    def forget(self) -> None:
        """What comes from now on is the agent's next turn."""
        self.spoke = False
        self._forgot_at = len(self._heard)
