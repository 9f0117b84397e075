"""A synthesiser with others behind it: when one fails, the next one says the rest of the sentence."""

import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from agent.speech.chain import Chain, Link, Trust, our_fault

SAMPLE_RATE = 24_000
LIFELESS_SECONDS = 1.0
"""Of digital silence: a voice's pauses are shorter, and have the sound of a room."""
DIGITAL_SILENCE = 8
"""Of 32,768: no sample of it is louder."""
CHARACTERS_PER_SECOND = 15.0
"""Of speech, until a sentence has shown how fast the voice is."""


class Mouths(tts.TTS):
    """`silence_seconds`: a synthesiser that sends nothing for so long has failed."""

    def __init__(self, links: Sequence[Link[tts.TTS]], trust: Trust, silence_seconds: float) -> None:
        capabilities = tts.TTSCapabilities(streaming=False)
        super().__init__(capabilities=capabilities, sample_rate=SAMPLE_RATE, num_channels=1)
        self.chain = Chain[tts.TTS]("tts", links, trust)
        self.silence_seconds = silence_seconds
        self.pace = CHARACTERS_PER_SECOND
        self.chain.on_metrics(self._on_metrics)

    @property
    def model(self) -> str:
        return self.chain.next.engine.model

    @property
    def provider(self) -> str:
        return self.chain.next.engine.provider

    @property
    def label(self) -> str:
        """Of the voice that speaks next: audio on disk is filed under it."""
        return self.label_of(self.chain.next)

    def label_of(self, link: Link[tts.TTS]) -> str:
        own = link.engine.label
        return own if link is self.chain.links[0] else f"{own}|{link.name}"

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS) -> "Utterance":
        return Utterance(self, text, conn_options)

    def prewarm(self) -> None:
        self.chain.links[0].engine.prewarm()

    async def aclose(self) -> None:
        await self.chain.aclose()

    def _on_metrics(self, metrics: Any) -> None:
        self.emit("metrics_collected", metrics)


class Utterance(tts.ChunkedStream):
    """One sentence, said by as many voices as it takes."""

    def __init__(self, mouths: Mouths, text: str, conn_options: APIConnectOptions) -> None:
        # the chain is tried once: a voice that stands alone retries by itself
        once = APIConnectOptions(max_retry=0, timeout=conn_options.timeout)
        super().__init__(tts=mouths, input_text=text, conn_options=once)
        self._mouths = mouths
        self._options = conn_options
        self.label = mouths.label
        """Of the voice that has spoken."""

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        chain, rest, began = self._mouths.chain, self._input_text, time.monotonic()
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=SAMPLE_RATE, num_channels=1, mime_type="audio/pcm"
        )
        order = chain.order()
        for link, target in zip(order, [*order[1:], None], strict=True):
            self._spoken_seconds, began = 0.0, time.monotonic()
            try:
                await self._speak(link, rest, output_emitter)
            except APIError as error:
                if our_fault(error):
                    raise
                chain.failed(link, target, error, began)
                if not (rest := after(rest, self._spoken_seconds, self._mouths.pace)):
                    return
                continue
            chain.served(link)
            self.label = self._mouths.label_of(link)
            return
        raise chain.all_failed()

    async def _speak(self, link: Link[tts.TTS], text: str, output_emitter: tts.AudioEmitter) -> None:
        mouths = self._mouths
        alone = len(mouths.chain.links) == 1
        retries = self._options.max_retry if alone else 0
        options = APIConnectOptions(max_retry=retries, retry_interval=0.1, timeout=self._options.timeout)
        seconds = mouths.silence_seconds * (retries + 1) + 0.1
        resampler = rtc.AudioResampler(link.engine.sample_rate, SAMPLE_RATE) if _other_rate(link) else None
        async with (
            mouths.chain.trying(link, seconds) as alive,
            link.engine.synthesize(text, conn_options=options) as stream,
        ):
            async for whole in _lively(stream, link.name):
                alive()
                self._spoken_seconds += whole.duration
                for frame in resampler.push(whole) if resampler else (whole,):
                    output_emitter.push_frame(frame)
        for frame in resampler.flush() if resampler else ():
            output_emitter.push_frame(frame)
        if self._spoken_seconds > 1:
            mouths.pace = len(text) / self._spoken_seconds

    async def _metrics_monitor_task(self, event_aiter: Any) -> None:
        """The stream of the link counts: this one only empties its queue."""
        async for _ in event_aiter:
            pass


async def _lively(stream: tts.ChunkedStream, name: str) -> AsyncIterator[rtc.AudioFrame]:
    """The frames, without digital silence before the first sound. Raises `APIError` where that is all, or goes on."""
    silence, lifeless_seconds, sounded = list[rtc.AudioFrame](), 0.0, False
    async for audio in stream:
        if not _audible(audio.frame):
            silence.append(audio.frame)
            lifeless_seconds += audio.frame.duration
            if lifeless_seconds > LIFELESS_SECONDS:
                break
            continue
        for each in silence if sounded else ():
            yield each
        silence, lifeless_seconds, sounded = [], 0.0, True
        yield audio.frame
    if not sounded or lifeless_seconds > LIFELESS_SECONDS:
        raise APIError(f"{name} sends digital silence")
    for each in silence:
        yield each


def _audible(frame: rtc.AudioFrame) -> bool:
    samples = np.frombuffer(frame.data, np.int16)
    return bool(samples.size) and max(int(samples.max()), -int(samples.min())) > DIGITAL_SILENCE


def after(text: str, seconds: float, characters_per_second: float) -> str:
    """What of `text` isn't said yet after so long, from the beginning of the word that was being said."""
    said = seconds * characters_per_second
    return next((text[word.start() :] for word in re.finditer(r"\S+", text) if word.end() > said), "")


def _other_rate(link: Link[tts.TTS]) -> bool:
    return link.engine.sample_rate != SAMPLE_RATE
