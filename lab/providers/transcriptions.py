"""OpenAI's `/v1/audio/transcriptions`: the words of a whole recording."""

import asyncio
import io
import wave

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lab.base.sound import from_pcm, resample
from lab.providers.chat import bad_key, openai_error
from lab.providers.ears import RATE, Ears

_NAMES = {"en": "english", "es": "spanish"}


class Transcriptions:
    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    async def create(self, request: Request) -> Response:
        """Recognises a WAV file, 16 bit; answers `json` or `verbose_json`, as the form asks."""
        if bad_key(request):
            return openai_error(401, "invalid_api_key", "Incorrect API key provided.")
        async with request.form() as form:
            file, model, language = form.get("file"), form.get("model"), str(form.get("language") or "en")
            verbose = form.get("response_format") == "verbose_json"
            if not isinstance(model, str) or not isinstance(file, UploadFile):
                return openai_error(400, "invalid_request_error", "you must provide a model parameter and a file")
            try:
                with wave.open(io.BytesIO(await file.read())) as audio:
                    rate, channels, width = audio.getframerate(), audio.getnchannels(), audio.getsampwidth()
                    samples = from_pcm(audio.readframes(audio.getnframes()))
            except (wave.Error, EOFError):
                return openai_error(400, "invalid_request_error", "Invalid file format.")
        if width != 2 or not samples.size:
            return openai_error(400, "invalid_request_error", "the lab recognises 16-bit audio that isn't empty")
        mono = samples[: samples.size // channels * channels].reshape(-1, channels).mean(axis=1)
        text = await asyncio.wrap_future(self._ears.hear(resample(mono, rate, RATE)))
        if not verbose:
            return JSONResponse({"text": text})
        more = {"task": "transcribe", "language": _NAMES.get(language, "english"), "duration": mono.size / rate}
        return JSONResponse({**more, "text": text, "segments": []})
