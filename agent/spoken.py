"""Fixed sentences as ready audio: synthesised before they are needed, kept on disk, never asked for twice."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import structlog
from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, tts

from agent import recorded
from shared.domain.template import Voice, render

log = structlog.get_logger(__name__)

SAMPLE_RATE = 24_000
_FRAME_SAMPLES = SAMPLE_RATE // 50
SYNTHESIS_SECONDS = 8.0
"""For a sentence that is wanted later: longer than a caller would wait."""


class SpokenLines:
    """Audio of fixed sentences in one voice. The synthesiser isn't the session's: its failures aren't the call's.

    Order: memory, the disk cache, the synthesiser, the shipped recordings, at last `fallback`'s recording (the
    apology), so that a caller always hears something.
    """

    def __init__(self, synthesiser: tts.TTS, voice: Voice, cache: Path, facts: dict[str, str], fallback: str) -> None:
        self._tts = synthesiser
        self._voice = voice
        self._cache = cache
        self._facts = facts
        self._fallback = fallback
        self._ready: dict[str, bytes] = {}

    def filled(self, line: str) -> str:
        """The sentence with the tenant's facts in it."""
        return render(line, self._facts)

    async def prepare(self, lines: Iterable[str]) -> None:
        """Have these sentences ready, one after the other; failures are left to `audio` to make good."""
        for line in lines:
            await self._load(line)

    async def audio(self, text: str) -> AsyncIterator[rtc.AudioFrame]:
        """20 ms frames at 24 kHz of the sentence, for `session.say(text, audio=…)`."""
        pcm = await self._load(text) or await self._shipped(text) or await self._shipped(self._fallback)
        if pcm is None:
            log.error("nothing to say it with", action="spoken_line", text=text)
            return
        step = _FRAME_SAMPLES * 2
        for start in range(0, len(pcm), step):
            chunk = pcm[start : start + step].ljust(step, b"\0")
            yield rtc.AudioFrame(chunk, SAMPLE_RATE, 1, _FRAME_SAMPLES)
            # a source that never yields holds up the first sound
            await asyncio.sleep(0)

    async def _load(self, text: str) -> bytes | None:
        if (ready := self._ready.get(text)) is not None:
            return ready
        path = self._cache / f"{self._key(text)}.pcm"
        pcm = await asyncio.to_thread(_read, path)
        if pcm is None:
            pcm = await self._synthesise(text)
            if pcm is not None:
                await asyncio.to_thread(_write, path, pcm)
        if pcm is not None:
            self._ready[text] = pcm
        return pcm

    async def _synthesise(self, text: str) -> bytes | None:
        parts: list[bytes] = []
        options = APIConnectOptions(max_retry=0, timeout=SYNTHESIS_SECONDS)
        try:
            async with asyncio.timeout(SYNTHESIS_SECONDS), self._tts.synthesize(text, conn_options=options) as stream:
                async for part in stream:
                    parts.append(bytes(part.frame.data))
        except (APIError, TimeoutError) as error:
            log.warning("line not synthesised", action="spoken_line", error=str(error))
            return None
        return b"".join(parts)

    def _key(self, text: str) -> str:
        whole = f"{self._tts.label}|{self._voice.tts_model}|{self._voice.voice}|{text}"
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    async def _shipped(self, text: str) -> bytes | None:
        path = recorded.recording_of(text)
        return await asyncio.to_thread(recorded.read, path, SAMPLE_RATE) if path.is_file() else None


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, pcm: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(f".{id(pcm):x}.part")
    scratch.write_bytes(pcm)
    scratch.replace(path)
