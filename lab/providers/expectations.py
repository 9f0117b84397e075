"""Announced utterances: a stream takes their words instead of decoding the audio, for latency measurements."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 10_000


@dataclass(frozen=True)
class Expected:
    text: str
    seconds: float
    """Its length: pauses before its end don't split it. 0: unknown."""


class Expectations:
    """A queue for each named stream, and one for all others."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Expected]] = {}

    def add(self, expected: Sequence[Expected], stream: str = "") -> None:
        """`stream`: a `tag` of the Deepgram stream, its API key or its request id; empty: any stream."""
        self._queues.setdefault(stream, deque(maxlen=_MOST)).extend(expected)

    def take(self, names: Sequence[str]) -> Expected | None:
        """The next utterance of a stream with these names; None: not announced."""
        for name in (*names, ""):
            if (queue := self._queues.get(name)) is not None:
                expected = queue.popleft()
                if not queue:
                    del self._queues[name]
                return expected
        return None

    def clear(self) -> None:
        self._queues.clear()
