"""A recogniser whose final words are sifted before the framework takes them for the caller's turn."""

import time
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import suppress
from typing import Any

from livekit.agents import APIConnectOptions, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr

from shared.tasks import Tasks

Sift = Callable[[stt.SpeechEvent], Sequence[stt.SpeechEvent]]
"""Gets each event that holds words; returns the events that pass in its place."""

_WORDS = (stt.SpeechEventType.INTERIM_TRANSCRIPT, stt.SpeechEventType.FINAL_TRANSCRIPT)


class Listening(stt.STT):
    """Wraps `ears`, whose retries, metrics and names stay its own. `sift` may be set at any time."""

    def __init__(self, ears: stt.STT) -> None:
        super().__init__(capabilities=ears.capabilities)
        self.sift: Sift = lambda event: (event,)
        self.recognised_until = 0.0
        """When the caller spoke the newest final words, by time.time(): what they said since is still on its way."""
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

    def deliver(self, event: stt.SpeechEvent) -> None:
        """Passes on an event that was held back; nothing when the stream has ended."""
        if self._stream is not None:
            self._stream.deliver(event)

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
        self._audio_seconds = 0.0

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
                self._note_end(event)
                for each in self._listening.sift(event) if event.type in _WORDS else (event,):
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
                self._audio_seconds += item.duration
                stream.push_frame(item)
        stream.end_input()

    def _note_end(self, event: stt.SpeechEvent) -> None:
        if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT and event.alternatives:
            since = self._audio_seconds - (event.alternatives[0].end_time - self.start_time_offset)
            self._listening.recognised_until = time.time() - max(0.0, since)

    async def _metrics_monitor_task(self, event_aiter: AsyncIterable[stt.SpeechEvent]) -> None:
        """The wrapped stream counts: this one only empties its queue."""
        async for _ in event_aiter:
            pass
