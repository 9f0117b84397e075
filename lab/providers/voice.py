"""Speech synthesis of the lab: hibari for natural voices, espeak-ng for strong accents and for Spanish."""

import asyncio
import ctypes
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.base.sound import Samples, from_pcm, resample, to_pcm

RATE = 24_000
"""Hz of all synthesised speech."""

_LEAD_SECONDS = 0.02
_TAIL_SECONDS = 0.05
_GAP_SECONDS = 0.1
_SILENCE = 0.004
_CACHE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Voice:
    """`speed` and `pitch` multiply the engine's own; a lower pitch sounds like a larger person."""

    engine: str = "hibari"
    speed: float = 1.0
    pitch: float = 1.0


_AGENT = Voice()
VOICES: dict[str, Voice] = {
    **dict.fromkeys(
        (
            "alloy",
            "ash",
            "ballad",
            "cedar",
            "coral",
            "echo",
            "fable",
            "marin",
            "nova",
            "onyx",
            "sage",
            "shimmer",
            "verse",
        ),
        _AGENT,
    ),
    "caller-1": Voice(pitch=0.86),
    "caller-2": Voice(pitch=1.12, speed=1.05),
    "caller-3": Voice(pitch=0.93, speed=1.15),
    "caller-4": Voice(pitch=1.05, speed=0.9),
    "espeak-us": Voice(engine="en-us"),
    "espeak-gb": Voice(engine="en-gb"),
    "spanish": Voice(engine="es-419"),
}


class Mouth:
    """One synthesising thread and a cache. Usable at once: the thread loads the engine, and requests wait for it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="voice")
        self._hibari: Any = None
        self._espeak: _Espeak | None = None
        self._cache: OrderedDict[tuple[str, float, str], tuple[bytes, ...]] = OrderedDict()
        self._cached_bytes = 0
        self.loaded: Future[None] = self._thread.submit(self._load)

    async def speak(self, text: str, voice: str, speed: float = 1.0) -> AsyncIterator[bytes]:
        """PCM s16le mono at `RATE`, a sentence at a time. `voice` is a key of `VOICES`; the text may be empty."""
        key = (voice, speed, text)
        if (cached := self._cache.get(key)) is not None:
            self._cache.move_to_end(key)
            for sentence in cached:
                yield sentence
            return
        loop = asyncio.get_running_loop()
        spoken: list[bytes] = []
        sentences = self._sentences(text, VOICES[voice], speed)
        while (sentence := await loop.run_in_executor(self._thread, next, sentences, None)) is not None:
            spoken.append(sentence)
            yield sentence
        self._keep(key, tuple(spoken))

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _keep(self, key: tuple[str, float, str], spoken: tuple[bytes, ...]) -> None:
        if key in self._cache:
            return
        self._cache[key] = spoken
        self._cached_bytes += sum(map(len, spoken))
        while self._cached_bytes > _CACHE_BYTES:
            _, dropped = self._cache.popitem(last=False)
            self._cached_bytes -= sum(map(len, dropped))

    def _load(self) -> None:
        from hibari import Hibari  # pyright: ignore[reportMissingTypeStubs]

        self._hibari = Hibari(threads=1)
        self._hibari("Warm up.")

    def _sentences(self, text: str, voice: Voice, speed: float) -> Iterator[bytes]:
        """Synthesises lazily, a sentence at each step."""
        for index, (samples, rate) in enumerate(self._raw(text, voice, speed * voice.speed / voice.pitch)):
            trimmed = _trimmed(resample(samples, round(rate * voice.pitch), RATE))
            if index:
                trimmed = np.concatenate([np.zeros(int(_GAP_SECONDS * RATE), np.float32), trimmed])
            if trimmed.size:
                yield to_pcm(trimmed)

    def _raw(self, text: str, voice: Voice, speed: float) -> Iterator[tuple[Samples, int]]:
        if voice.engine == "hibari":
            for samples in self._hibari.stream(text, speed=min(2.0, max(0.5, speed)), seed=0):
                yield samples, RATE
        else:
            if self._espeak is None:
                self._espeak = _Espeak()
            yield self._espeak.say(text, voice.engine, speed), self._espeak.rate


def _trimmed(samples: Samples) -> Samples:
    """Cuts the near-silence around the speech, but for a short lead and tail."""
    loud = np.flatnonzero(np.abs(samples) > _SILENCE)
    if loud.size == 0:
        return samples[:0]
    first = max(0, int(loud[0]) - int(_LEAD_SECONDS * RATE))
    return samples[first : int(loud[-1]) + int(_TAIL_SECONDS * RATE)]


class _Espeak:
    """libespeak-ng by ctypes. Not thread-safe: one thread owns it."""

    _RETRIEVAL = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when the callback has all samples
    _UTF8 = 1
    _RATE_PARAMETER = 1
    _NORMAL_WORDS_PER_MINUTE = 165

    def __init__(self) -> None:
        import espeakng_loader  # pyright: ignore[reportMissingTypeStubs]

        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self.rate: int = self._library.espeak_Initialize(self._RETRIEVAL, 0, data, 0)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng could not be initialised")
        self._said = bytearray()
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, language: str, speed: float) -> Samples:
        self._said.clear()
        self._library.espeak_SetVoiceByName(language.encode())
        words = int(min(2.0, max(0.5, speed)) * self._NORMAL_WORDS_PER_MINUTE)
        self._library.espeak_SetParameter(self._RATE_PARAMETER, words, 0)
        raw = text.encode()
        self._library.espeak_Synth(raw, len(raw) + 1, 0, 0, 0, self._UTF8, None, None)
        return from_pcm(bytes(self._said))

    def _take(self, samples: int | None, count: int, events: int | None) -> int:
        del events
        if samples and count > 0:
            self._said += ctypes.string_at(samples, count * 2)
        return 0
