"""OpenAI's `/v1/audio/speech`, and Deepgram's `/v1/speak`."""

import struct
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from lab.providers.chat import bad_key, openai_error, parsed_body
from lab.providers.deepgram import bad_deepgram_key, deepgram_error
from lab.providers.voice import RATE, VOICES, Mouth

_MOST_CHARACTERS = 4096
_PIECE = RATE // 10 * 2
"""Bytes of 100 ms."""


class Speech:
    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth

    async def create(self, request: Request) -> Response:
        """Streams PCM (24 kHz, s16le, mono) or WAV, each sentence as soon as it is synthesised."""
        if bad_key(request):
            return openai_error(401, "invalid_api_key", "Incorrect API key provided.")
        return await self.say(request)

    async def say(self, request: Request) -> Response:
        """The same for simulated callers: no key, no faults."""
        body = await parsed_body(request)
        if body is None:
            return openai_error(400, "invalid_json", "We could not parse the JSON body of your request.")
        if complaint := _complaint(body):
            return openai_error(400, "invalid_request_error", complaint)
        pcm = self._mouth.speak(body["input"], body["voice"], float(body.get("speed", 1.0)))
        wav = body.get("response_format") == "wav"
        return StreamingResponse(
            _pieces(pcm, header=_wav_header() if wav else b""),
            media_type="audio/wav" if wav else "audio/pcm",
            headers={"x-request-id": f"req_{uuid.uuid4().hex}"},
        )


class Aura:
    """Deepgram's `/v1/speak`: a sentence by one POST."""

    def __init__(self, mouth: Mouth) -> None:
        self._mouth = mouth

    async def speak(self, request: Request) -> Response:
        """Streams PCM, 24 kHz, s16le, mono, without a container."""
        if bad_deepgram_key(request.headers.get("authorization")):
            return deepgram_error(401, "INVALID_AUTH", "Invalid credentials.")
        body, query = await parsed_body(request), request.query_params
        text = (body or {}).get("text")
        if not isinstance(text, str) or not text or len(text) > _MOST_CHARACTERS:
            return deepgram_error(400, "INPUT_VALIDATION_ERROR", f"text must have 1 to {_MOST_CHARACTERS} characters")
        if (query.get("encoding"), query.get("sample_rate")) != ("linear16", str(RATE)):
            return deepgram_error(400, "UNSUPPORTED_AUDIO_FORMAT", f"the lab speaks linear16 at {RATE} only")
        voice = "spanish" if query.get("model", "").endswith("-es") else "echo"
        pcm = self._mouth.speak(text, voice, 1.0)
        return StreamingResponse(_pieces(pcm, header=b""), media_type="audio/l16")


async def _pieces(pcm: AsyncIterator[bytes], header: bytes) -> AsyncIterator[bytes]:
    if header:
        yield header
    async for sentence in pcm:
        for at in range(0, len(sentence), _PIECE):
            yield sentence[at : at + _PIECE]


def _wav_header() -> bytes:
    """The header for a stream of unknown length, as OpenAI sends it."""
    unknown = 0xFFFFFFFF
    form = struct.pack("<IHHIIHH", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return b"RIFF" + struct.pack("<I", unknown) + b"WAVEfmt " + form + b"data" + struct.pack("<I", unknown)


def _complaint(body: dict[str, Any]) -> str | None:
    text, voice, speed = body.get("input"), body.get("voice"), body.get("speed", 1.0)
    if not isinstance(body.get("model"), str):
        return "you must provide a model parameter"
    if not isinstance(text, str) or not text or len(text) > _MOST_CHARACTERS:
        return f"input must be a string of 1 to {_MOST_CHARACTERS} characters"
    if voice not in VOICES:
        return f"voice must be one of {', '.join(VOICES)}"
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.25 <= speed <= 4:
        return "speed must be from 0.25 to 4"
    if body.get("response_format", "mp3") not in ("pcm", "wav"):
        return "the lab speaks response_format pcm and wav only"
    return None
