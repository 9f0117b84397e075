"""A recogniser whose final words are sifted before the framework takes them for the caller's turn."""

import time
from collections import deque
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr

from agent.speech.foreground import loudness
from agent.speech.stream_time import StreamTime
from shared.tasks import Tasks


@dataclass(frozen=True)
class Spoken:
    """When the caller spoke recognised words, by time.time(): a busy recogniser delivers them seconds later."""

    began_at: float
    ended_at: float
    level: float | None
    """Of their loudest sounds, dB of full scale; None where the recogniser doesn't say when they were spoken."""


@dataclass(frozen=True)
class Hearing:
    """What the recogniser is told of the words to come."""

    language: str
    """The recogniser's tag, `en-US`."""
    keyterms: tuple[str, ...] = ()
    """Names that callers may say."""


Sift = Callable[[stt.SpeechEvent, Spoken], Sequence[stt.SpeechEvent]]
"""Gets each event that holds words; returns the events that pass in its place."""

_MINUTE = 3000
"""Frames of 20 ms."""
_LOUD_PERCENT = 95
"""Of the frames under the words: their vowels, not one click."""
_WORDS = (stt.SpeechEventType.INTERIM_TRANSCRIPT, stt.SpeechEventType.FINAL_TRANSCRIPT)


class Listening(stt.STT):
    """Wraps `ears`, whose retries, metrics and names stay its own. `sift` may be set at any time."""

    def __init__(self, ears: stt.STT, attune: Callable[[Hearing], None] = lambda hearing: None) -> None:
        """`attune`: makes `ears` recognise so in the streams that are opened from then on."""
        super().__init__(capabilities=ears.capabilities)
        self.hearing: Hearing | None = None
        self._attune = attune
        self.sift: Sift = lambda event, spoken: (event,)
        self.recognised_until = 0.0
        """When the caller spoke the newest final words, by time.time(); what they said since is still on its way."""
        self.words_at = -inf
        """When the newest words came, of whatever kind and meant for whomever, by time.monotonic()."""
        self._ears = ears
        self._stream: _SiftedStream | None = None
        ears.on("metrics_collected", self._on_metrics)
        ears.on("error", self._on_error)

    @property
    def model(self) -> str:
        return self._ears.model

    @property
    def provider(self) -> str:
        return self._ears.provider

    def attune(self, hearing: Hearing) -> None:
        """Recognise so from the next stream on: each node of a conversation opens its own."""
        if hearing != self.hearing:
            self.hearing = hearing
            self._attune(hearing)

    def deliver(self, event: stt.SpeechEvent) -> None:
        """Passes on an event that was held back; nothing when the stream has ended."""
        if self._stream is not None:
            self._stream.deliver(event)

    def began_at(self, words: stt.SpeechData) -> float:
        """When the caller began to say them, by time.time(); now, where nobody knows."""
        return time.time() if self._stream is None else self._stream.spoken(words).began_at

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        self._stream = _SiftedStream(self, self._ears, language, conn_options)
        return self._stream

    async def _recognize_impl(
        self, buffer: Any, *, language: Any = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        return await self._ears.recognize(buffer, language=language, conn_options=conn_options)

    def prewarm(self) -> None:
        self._ears.prewarm()

    async def aclose(self) -> None:
        self._ears.off("metrics_collected", self._on_metrics)
        self._ears.off("error", self._on_error)
        await self._ears.aclose()

    def _on_metrics(self, metrics: Any) -> None:
        self.emit("metrics_collected", metrics)

    def _on_error(self, error: stt.STTError) -> None:
        # the wrapping stream tells of the errors that end it
        if error.recoverable:
            self.emit("error", error)


class _SiftedStream(stt.RecognizeStream):
    def __init__(
        self, listening: Listening, ears: stt.STT, language: NotGivenOr[str], conn_options: APIConnectOptions
    ) -> None:
        # the wrapped stream retries by itself
        super().__init__(stt=listening, conn_options=APIConnectOptions(max_retry=0, timeout=conn_options.timeout))
        self._listening = listening
        self._ears = ears
        self._language = language
        self._ears_options = conn_options
        self._time = StreamTime()
        self._levels = _Levels()

    def deliver(self, event: stt.SpeechEvent) -> None:
        if not self._event_ch.closed:
            self._event_ch.send_nowait(event)

    async def _run(self) -> None:
        async with (
            self._ears.stream(language=self._language, conn_options=self._ears_options) as stream,
            Tasks() as tasks,
        ):
            stream.start_time_offset = self.start_time_offset
            tasks.start("audio to the recogniser", lambda: self._forward(stream))
            async for event in stream:
                for each in self._sifted(event):
                    self._event_ch.send_nowait(each)

    async def _forward(self, stream: stt.RecognizeStream) -> None:
        # a recogniser that has failed takes no more audio; its failure ends the reading of its events
        with suppress(RuntimeError):
            await self._pass_on(stream)

    async def _pass_on(self, stream: stt.RecognizeStream) -> None:
        async for item in self._input_ch:
            if isinstance(item, self._FlushSentinel):
                stream.flush()
            else:
                self._time.count(item)
                self._levels.take(self._time.seconds, item)
                stream.push_frame(item)
        stream.end_input()

    def _sifted(self, event: stt.SpeechEvent) -> Sequence[stt.SpeechEvent]:
        if event.type not in _WORDS or not event.alternatives:
            return (event,)
        if event.alternatives[0].text:
            self._listening.words_at = time.monotonic()
        spoken = self.spoken(event.alternatives[0])
        if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
            self._listening.recognised_until = spoken.ended_at
        return self._listening.sift(event, spoken)

    def spoken(self, words: stt.SpeechData) -> Spoken:
        if words.end_time <= 0:
            # a recogniser without times
            return Spoken(time.time(), time.time(), None)
        start, end = words.start_time - self.start_time_offset, words.end_time - self.start_time_offset
        return Spoken(self._time.at(start), self._time.at(end), self._levels.between(start, end))

    async def _metrics_monitor_task(self, event_aiter: AsyncIterable[stt.SpeechEvent]) -> None:
        """The wrapped stream counts: this one only empties its queue."""
        async for _ in event_aiter:
            pass


class _Levels:
    """How loud the caller's sound of the last minute was."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, float]] = deque(maxlen=_MINUTE)
        """(end in the stream, dB of full scale) of each frame."""

    def take(self, until: float, frame: rtc.AudioFrame) -> None:
        self._frames.append((until, loudness(frame)))

    def between(self, start: float, end: float) -> float | None:
        """The level of the loudest sounds there; None where the stream isn't remembered."""
        levels = [level for until, level in self._frames if start < until <= end]
        return float(np.percentile(levels, _LOUD_PERCENT)) if levels else None
