"""End-pointing by energy: where utterances begin and end, counted in the audio's own time."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from lab.base.sound import Samples, from_pcm

_FRAME_SECONDS = 0.02
_LOUD = 250.0 / 32768.0
_FLOOR_FACTOR = 1.8
_FLOOR_MOST = 1200.0 / 32768.0
_FLOOR_FRAMES = 150
_FLOOR_LEAST_FRAMES = 50
_START_FRAMES = 3
_LEAD_FRAMES = 5
_PAUSE_FRAMES = 3
_INTERIM_FRAMES = 50
_SOFT_LIMIT_FRAMES = 600
_HARD_LIMIT_FRAMES = 1000


@dataclass(frozen=True)
class Started:
    """Speech began at `at` seconds of the stream."""

    at: float


@dataclass(frozen=True)
class Paused:
    """The speaker paused: if the pause lasts, these samples are the whole utterance."""

    samples: Samples


@dataclass(frozen=True)
class Resumed:
    """The speaker went on after a pause."""


@dataclass(frozen=True)
class Going:
    """The utterance so far, about once a second."""

    samples: Samples
    start: float
    end: float


@dataclass(frozen=True)
class Ended:
    """The utterance from `start` to `end` seconds. `speech_final` is false for one that was cut for its length."""

    samples: Samples
    start: float
    end: float
    speech_final: bool


Event = Started | Paused | Resumed | Going | Ended


class Endpointer:
    """Turns PCM, pushed in pieces, into events. `quiet_ms` of quiet end an utterance."""

    def __init__(self, rate: int, quiet_ms: int) -> None:
        self._frame = int(rate * _FRAME_SECONDS)
        self._quiet_frames = max(_PAUSE_FRAMES + 1, round(quiet_ms / 1000 / _FRAME_SECONDS))
        self._left = b""
        self._count = 0
        self._loud_run = 0
        self._quiet_run = 0
        self._start: int | None = None
        self._hold_until = 0.0
        self._owed = False
        self._levels: deque[float] = deque(maxlen=_FLOOR_FRAMES)
        self._lead: deque[Samples] = deque(maxlen=_LEAD_FRAMES + _START_FRAMES)
        self._taken: list[Samples] = []

    @property
    def seconds(self) -> float:
        """Length of the stream so far."""
        return self._count * _FRAME_SECONDS

    def hold(self, seconds: float) -> None:
        """Keeps the open utterance open until it has this length, which the caller knows."""
        if self._start is not None:
            self._hold_until = self._start * _FRAME_SECONDS + seconds

    def push(self, pcm: bytes) -> list[Event]:
        data = self._left + pcm
        size = self._frame * 2
        whole = len(data) // size * size
        self._left = data[whole:]
        events: list[Event] = []
        for at in range(0, whole, size):
            self._take(from_pcm(data[at : at + size]), events)
        return events

    def finish(self) -> list[Event]:
        """Ends the open utterance, as if the speaker had paused."""
        events: list[Event] = []
        if self._start is not None:
            self._end(events, speech_final=True)
        elif self._owed:
            self._settle(self._quiet_frames, events)
        return events

    def _take(self, frame: Samples, events: list[Event]) -> None:
        self._count += 1
        level = float(np.sqrt(np.mean(frame**2)))
        self._levels.append(level)
        loud = level > self._threshold()
        if self._start is None:
            self._lead.append(frame)
            self._loud_run = self._loud_run + 1 if loud else 0
            if self._loud_run >= _START_FRAMES:
                self._taken = list(self._lead)
                self._start = self._count - len(self._taken)
                self._lead.clear()
                self._quiet_run = 0
                self._owed = False
                events.append(Started(self._start * _FRAME_SECONDS))
            elif self._owed:
                self._settle(0 if loud else self._quiet_run + 1, events)
            return
        self._taken.append(frame)
        if loud:
            if self._quiet_run >= _PAUSE_FRAMES:
                events.append(Resumed())
            self._quiet_run = 0
        else:
            self._quiet_run += 1
        length = len(self._taken)
        if self._quiet_run == _PAUSE_FRAMES:
            events.append(Paused(self._samples()))
            if length > _SOFT_LIMIT_FRAMES:
                self._end(events, speech_final=False)
                return
        if self._quiet_run >= self._quiet_frames and self.seconds >= self._hold_until:
            self._end(events, speech_final=True)
        elif length >= _HARD_LIMIT_FRAMES:
            self._end(events, speech_final=False)
        elif length % _INTERIM_FRAMES == 0 and self._quiet_run < _PAUSE_FRAMES:
            events.append(Going(self._samples(), self._start * _FRAME_SECONDS, self._voiced_until()))

    def _threshold(self) -> float:
        """The level of speech: above the line's noise, once that has been measured."""
        if len(self._levels) < _FLOOR_LEAST_FRAMES:
            return _LOUD
        floor = sorted(self._levels)[len(self._levels) // 10]
        return max(_LOUD, min(_FLOOR_MOST, floor * _FLOOR_FACTOR))

    def _samples(self) -> Samples:
        return np.concatenate(self._taken)

    def _voiced_until(self) -> float:
        return (self._count - self._quiet_run) * _FRAME_SECONDS

    def _settle(self, quiet_run: int, events: list[Event]) -> None:
        """Reports the end of an utterance that was cut for its length and didn't go on."""
        self._quiet_run = quiet_run
        if quiet_run >= self._quiet_frames:
            self._owed = False
            events.append(Ended(np.zeros(0, np.float32), self.seconds, self.seconds, True))

    def _end(self, events: list[Event], *, speech_final: bool) -> None:
        assert self._start is not None
        events.append(Ended(self._samples(), self._start * _FRAME_SECONDS, self._voiced_until(), speech_final))
        self._start = None
        self._owed = not speech_final
        self._hold_until = 0.0
        self._taken = []
        self._loud_run = self._quiet_run = 0
