"""Words told beforehand, so that recognising them costs nothing: for latency figures."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 10_000


@dataclass(frozen=True)
class Expected:
    text: str
    seconds: float
    """The utterance doesn't end before it is so long: pauses within it don't split it. 0 where unknown."""


class Expectations:
    """A queue for each stream that was named, and one for all others."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Expected]] = {}

    def tell(self, expected: Sequence[Expected], stream: str = "") -> None:
        """`stream`: a `tag` of the Deepgram stream, its API key or its request id; empty: whichever speaks next."""
        self._queues.setdefault(stream, deque(maxlen=_MOST)).extend(expected)

    def take(self, names: Sequence[str]) -> Expected | None:
        """What is said next in a stream with these names."""
        for name in (*names, ""):
            if (queue := self._queues.get(name)) is not None:
                expected = queue.popleft()
                if not queue:
                    del self._queues[name]
                return expected
        return None

    def clear(self) -> None:
        self._queues.clear()
