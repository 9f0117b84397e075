"""Fixed phrases as audio: synthesised before they are needed and cached on disk."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import structlog
from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, tts

from agent.speech.mouths import Utterance
from shared import house_audio
from shared.domain.template import Voice
from shared.files import write_whole

log = structlog.get_logger(__name__)

SAMPLE_RATE = 24_000
_FRAME_SAMPLES = SAMPLE_RATE // 50
SYNTHESIS_SECONDS = 8.0
"""For a phrase that is needed later: longer than a caller would wait."""
WAITED_FOR_SECONDS = 2.5


class FixedPhrases:
    """Audio of fixed phrases in the voice that speaks now. It has synthesisers of its own, whose failures don't fail
    the call.

    Order: the disk cache, the shipped house audio, the synthesiser, at last the house audio of `fallback`, so that the
    caller always hears something. Nothing is kept in memory: it would be megabytes a call.
    """

    def __init__(
        self,
        synthesiser: tts.TTS,
        voice: Voice,
        cache: Path,
        facts: dict[str, str],
        fallback: str,
        others: Mapping[Voice, tts.TTS] = MappingProxyType({}),
    ) -> None:
        """`others`: the synthesisers of further voices that the call may speak in."""
        self._synthesisers = {voice: synthesiser, **others}
        self._voice = voice
        self._cache = cache
        self.facts = facts
        self._fallback = fallback

    @property
    def voices(self) -> tuple[Voice, ...]:
        """Each that the call may speak in."""
        return tuple(self._synthesisers)

    def add(self, others: Mapping[Voice, tts.TTS]) -> None:
        """The call may speak in these voices too."""
        self._synthesisers |= others

    def speak_as(self, voice: Voice) -> None:
        """From now on in this voice, where the call has it."""
        if voice in self._synthesisers:
            self._voice = voice

    async def prepare(self, lines: Iterable[str], voice: Voice | None = None) -> None:
        """Write these phrases' audio to disk, one after the other; one that fails is synthesised when it is needed."""
        voice = voice or self._voice
        for line in lines:
            if self.ready(line, voice) or (made := await self._synthesise(line, SYNTHESIS_SECONDS, voice)) is None:
                continue
            pcm, label = made
            await asyncio.to_thread(write_whole, self._path(line, voice, label), pcm)

    def ready(self, text: str, voice: Voice | None = None) -> bool:
        """Whether the phrase can be played at once, in its own words."""
        return self._path(text, voice or self._voice).is_file() or house_audio.recording_of(text).is_file()

    async def audio(self, text: str) -> AsyncIterator[rtc.AudioFrame]:
        """20 ms frames at 24 kHz of the phrase, for `session.say(text, audio=…)`."""
        pcm = await asyncio.to_thread(_read, self._path(text, self._voice)) or await asyncio.to_thread(_shipped, text)
        if pcm is None and (made := await self._synthesise(text, WAITED_FOR_SECONDS, self._voice)):
            pcm, _ = made
        pcm = pcm or await asyncio.to_thread(_shipped, self._fallback)
        if pcm is None:
            log.error("no audio for phrase", action="phrase", text=text)
            return
        step = _FRAME_SAMPLES * 2
        for start in range(0, len(pcm), step):
            chunk = pcm[start : start + step].ljust(step, b"\0")
            yield rtc.AudioFrame(chunk, SAMPLE_RATE, 1, _FRAME_SAMPLES)
            # without a yield the first frame is delayed until the last is made
            await asyncio.sleep(0)

    async def _synthesise(self, text: str, seconds: float, voice: Voice) -> tuple[bytes, str] | None:
        """The audio, and the label of the voice that spoke: not the asked one where another provider took over."""
        parts: list[bytes] = []
        label = self._synthesisers[voice].label
        options = APIConnectOptions(max_retry=0, timeout=seconds)
        try:
            async with (
                asyncio.timeout(seconds),
                self._synthesisers[voice].synthesize(text, conn_options=options) as stream,
            ):
                async for part in stream:
                    parts.append(bytes(part.frame.data))
                label = stream.label if isinstance(stream, Utterance) else label
        except (APIError, TimeoutError) as error:
            log.warning("phrase not synthesised", action="phrase", error=str(error))
            return None
        return b"".join(parts), label

    def _path(self, text: str, voice: Voice, label: str | None = None) -> Path:
        """`label`: of the voice that spoke; None: of the one that speaks next."""
        spoken = f"{voice.voice}|{voice.language}" if voice.language else voice.voice
        whole = f"{label or self._synthesisers[voice].label}|{voice.tts_model}|{spoken}|{text}"
        return self._cache / f"{hashlib.sha256(whole.encode()).hexdigest()[:32]}.pcm"


def _shipped(text: str) -> bytes | None:
    path = house_audio.recording_of(text)
    return house_audio.read(path, SAMPLE_RATE) if path.is_file() else None


def _read(path: Path) -> bytes | None:
    try:
        audio = path.read_bytes()
        # `prune` goes by the last use
        os.utime(path)
    except FileNotFoundError:
        return None
    return audio


def prune(cache: Path, most_bytes: int) -> None:
    """Remove the phrases that were used longest ago, until the others take no more room than this. Blocks."""
    files: list[tuple[float, int, Path]] = []
    for path in cache.glob("*.pcm"):
        with suppress(OSError):
            state = path.stat()
            files.append((state.st_mtime, state.st_size, path))
    room = 0
    for _, size, path in sorted(files, reverse=True):
        room += size
        if room > most_bytes:
            path.unlink(missing_ok=True)
