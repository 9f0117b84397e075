"""A recogniser with others behind it: when one fails, the next one gets the words that weren't recognised yet."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, stt
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS, NOT_GIVEN, NotGivenOr

from agent.speech.chain import Chain, Link, Trust, our_fault
from shared.tasks import Tasks

KEPT_SECONDS = 8.0
"""Of the newest sound, kept until its words are recognised: longer than most utterances."""
ROUNDS = 2
"""Times that the whole chain is tried before the call is given up: a network may be away for a moment."""
AGAIN_SECONDS = 0.5
"""Between two rounds."""


class Ears(stt.STT):
    """`connect_seconds`: how long a recogniser may take to accept a stream."""

    def __init__(self, links: Sequence[Link[stt.STT]], trust: Trust, connect_seconds: float) -> None:
        super().__init__(capabilities=links[0].engine.capabilities)
        self.chain = Chain[stt.STT]("stt", links, trust)
        self.connect_seconds = connect_seconds
        self.chain.on_metrics(self._on_metrics)

    @property
    def model(self) -> str:
        return self.chain.next.engine.model

    @property
    def provider(self) -> str:
        return self.chain.next.engine.provider

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> stt.RecognizeStream:
        return _HeardStream(self, language, conn_options)

    async def _recognize_impl(
        self, buffer: Any, *, language: Any = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        return await self.chain.next.engine.recognize(buffer, language=language, conn_options=conn_options)

    def prewarm(self) -> None:
        self.chain.links[0].engine.prewarm()

    async def aclose(self) -> None:
        await self.chain.aclose()

    def _on_metrics(self, metrics: Any) -> None:
        self.emit("metrics_collected", metrics)


class _HeardStream(stt.RecognizeStream):
    def __init__(self, ears: Ears, language: NotGivenOr[str], conn_options: APIConnectOptions) -> None:
        # the chain retries by itself
        super().__init__(stt=ears, conn_options=APIConnectOptions(max_retry=0, timeout=conn_options.timeout))
        self._ears = ears
        self._language = language
        self._kept = _Kept()
        self._stream: stt.RecognizeStream | None = None
        self._ended = False

    async def _run(self) -> None:
        chain = self._ears.chain
        async with Tasks() as tasks:
            tasks.start("audio to the recognisers", self._pump)
            rounds = 0
            while rounds < ROUNDS:
                order = chain.order()
                for link, target in zip(order, [*order[1:], None], strict=True):
                    began, words = time.monotonic(), self._kept.words
                    try:
                        if await self._listen(link):
                            return
                    except APIError as error:
                        if our_fault(error):
                            raise
                        chain.failed(link, target, error, began)
                        if self._kept.words == words:
                            continue
                    # it has recognised something: whatever comes now is the first failure
                    rounds = -1
                    break
                rounds += 1
                if 0 < rounds < ROUNDS:
                    await asyncio.sleep(AGAIN_SECONDS)
            raise chain.all_failed()

    async def _listen(self, link: Link[stt.STT]) -> bool:
        """Until the caller's sound ends (True), or a better recogniser is there again (False). Raises `APIError`."""
        chain = self._ears.chain
        options = APIConnectOptions(max_retry=0, timeout=self._ears.connect_seconds)
        async with (
            chain.trying(link, None),
            link.engine.stream(language=self._language, conn_options=options) as stream,
        ):
            stream.start_time_offset = self.start_time_offset + self._kept.began
            for frame in self._kept.frames:
                stream.push_frame(frame)
            self._stream = stream
            if self._ended:
                stream.end_input()
            try:
                async for event in stream:
                    if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT and event.alternatives:
                        self._recognised(event.alternatives[0], link)
                    self._event_ch.send_nowait(event)
                    # not at the end of speech: its words may be on their way
                    if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT and chain.better(link):
                        return False
            finally:
                self._stream = None
        return True

    def _recognised(self, words: stt.SpeechData, link: Link[stt.STT]) -> None:
        if words.text:
            self._ears.chain.served(link)
            self._kept.words += 1
        self._kept.forget(words.end_time - self.start_time_offset if words.end_time > 0 else None)

    async def _pump(self) -> None:
        async for item in self._input_ch:
            if isinstance(item, rtc.AudioFrame):
                self._kept.keep(item)
            # a recogniser that has failed takes no more audio: the next one gets it from what is kept
            with suppress(RuntimeError):
                if self._stream is None:
                    continue
                if isinstance(item, rtc.AudioFrame):
                    self._stream.push_frame(item)
                else:
                    self._stream.flush()
        self._ended = True
        if self._stream is not None:
            with suppress(RuntimeError):
                self._stream.end_input()

    async def _metrics_monitor_task(self, event_aiter: Any) -> None:
        """The stream of the link counts: this one only empties its queue."""
        async for _ in event_aiter:
            pass


class _Kept:
    """The newest sound whose words aren't recognised yet."""

    def __init__(self) -> None:
        self.frames: deque[rtc.AudioFrame] = deque()
        self.began = 0.0
        """Of the first frame, in seconds of the stream."""
        self.words = 0
        """How often words were recognised."""
        self._seconds = 0.0
        """Length of `frames`."""

    def keep(self, frame: rtc.AudioFrame) -> None:
        self.frames.append(frame)
        self._seconds += frame.duration
        while self._seconds > KEPT_SECONDS:
            self._drop()

    def forget(self, until: float | None) -> None:
        """The words up to this second of the stream are recognised; None: all."""
        while self.frames and (until is None or self.began + self.frames[0].duration <= until):
            self._drop()

    def _drop(self) -> None:
        frame = self.frames.popleft()
        self._seconds -= frame.duration
        self.began += frame.duration
