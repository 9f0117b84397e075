"""Sources of the carrier's playbacks: WAV files over HTTP, and the lab's synthetic voice."""

import io
import wave

import httpx
import numpy as np

from lab.base import sound

_VOICE_RATE = 24_000
_HUM_HZ, _HUM_SECONDS_A_LETTER = 300, 0.02
_MOST_BYTES = 20_000_000
_VOICES = {"es": "spanish"}
"""The lab's voices by language; other languages get the agent's voice."""


class VoiceError(Exception):
    """Nothing can be played. `status`: for `call.playback.ended`."""

    def __init__(self, status: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Voice:
    """`url`: the lab's providers; if empty, a hum replaces speech."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client

    async def speak(self, text: str, language: str) -> tuple[sound.Samples, int]:
        """Samples and rate. Raises VoiceError."""
        if not self._url:
            return tone(_HUM_HZ, len(text) * _HUM_SECONDS_A_LETTER)
        voice = _VOICES.get(language.partition("-")[0], "alloy")
        body = {"model": "tts-1", "input": text, "voice": voice, "response_format": "pcm"}
        try:
            answer = (await self._client.post(f"{self._url}/lab/say", json=body)).raise_for_status()
        except httpx.HTTPError as error:
            raise VoiceError("failed", f"{error!r}") from error
        return sound.from_pcm(answer.content), _VOICE_RATE

    async def fetch(self, url: str) -> tuple[sound.Samples, int]:
        """A WAV file's samples, mixed to one channel, and its rate. Raises VoiceError."""
        try:
            answer = await self._client.get(url, follow_redirects=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise VoiceError("failed", f"{error!r}") from error
        if answer.status_code != 200:
            raise VoiceError("file_not_found", f"{url} answers {answer.status_code}")
        return read_wav(answer.content[:_MOST_BYTES])


def tone(hertz: int, seconds: float) -> tuple[sound.Samples, int]:
    """Samples and rate."""
    at = np.arange(round(seconds * _VOICE_RATE)) / _VOICE_RATE
    return (0.3 * np.sin(2 * np.pi * hertz * at)).astype(np.float32), _VOICE_RATE


def read_wav(data: bytes) -> tuple[sound.Samples, int]:
    """Samples and rate of a 16-bit PCM WAV. Raises VoiceError."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            if file.getsampwidth() != 2:
                raise VoiceError("failed", f"{file.getsampwidth() * 8} bits a sample, not 16")
            samples = sound.from_pcm(file.readframes(file.getnframes()))
            return samples.reshape(-1, file.getnchannels()).mean(axis=1).astype(np.float32), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise VoiceError("failed", f"not a WAV: {error}") from error
