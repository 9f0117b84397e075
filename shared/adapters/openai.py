"""The port `ResultReader` over OpenAI's chat: one request, whose answer keeps to a JSON schema."""

import asyncio
import re
from collections.abc import Sequence
from typing import Annotated, Any

import aiohttp
import orjson
from pydantic import BaseModel, Field, ValidationError

from shared.domain.call import Usage
from shared.domain.result import ResultField, Talk, json_schema, messages
from shared.errors import ProviderError
from shared.ports import Reading

OPENAI_URL = "https://api.openai.com/v1"
READ_SECONDS = 30.0
MOST_TOKENS = 4000
_MOST_BYTES = 256 * 1024
_THINKING = re.compile(r"^(?:o\d|gpt-5(?!-chat))")
"""Models that take no temperature."""
_FINAL = (400, 404, 413, 422)
"""Refusals of this very request: the next one would be refused too."""


class OpenAiReader:
    def __init__(self, http: aiohttp.ClientSession, api_key: str, model: str, url: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        self._model = model
        self._url = f"{url.rstrip('/')}/chat/completions"

    async def read(self, fields: Sequence[ResultField], talk: Talk) -> Reading:
        answer = await self._answer(self._request(fields, talk))
        choice = answer.choices[0]
        if not choice.message.content:
            said = choice.message.refusal or "it said nothing"
            raise ProviderError(f"the model refused: {said}", retryable=False)
        used = answer.usage
        usage = Usage(
            "llm",
            "openai",
            self._model,
            input_tokens=used.prompt_tokens,
            cached_tokens=used.prompt_tokens_details.cached_tokens if used.prompt_tokens_details else 0,
            output_tokens=used.completion_tokens,
        )
        return Reading(choice.message.content, usage)

    def _request(self, fields: Sequence[ResultField], talk: Talk) -> dict[str, Any]:
        schema = {"name": "result", "strict": True, "schema": json_schema(fields)}
        request: dict[str, Any] = {
            "model": self._model,
            "messages": messages(talk),
            "response_format": {"type": "json_schema", "json_schema": schema},
            "max_completion_tokens": MOST_TOKENS,
        }
        return request if _THINKING.match(self._model) else request | {"temperature": 0}

    async def _answer(self, request: dict[str, Any]) -> "_Answer":
        try:
            async with asyncio.timeout(READ_SECONDS):
                async with self._http.post(self._url, data=orjson.dumps(request), headers=self._headers) as answer:
                    said = await answer.content.read(_MOST_BYTES)
                    while not answer.content.at_eof() and len(said) < _MOST_BYTES:
                        said += await answer.content.read(_MOST_BYTES - len(said))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ProviderError(f"no answer from the model ({type(error).__name__})") from error
        if answer.status != 200:
            words = f"the model's provider refused with {answer.status}: {said[:300].decode(errors='replace')}"
            raise ProviderError(words, retryable=answer.status not in _FINAL)
        try:
            return _Answer.model_validate_json(said)
        except ValidationError as error:
            raise ProviderError(f"the model's provider answered otherwise: {error.error_count()} faults") from error


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Cached(BaseModel):
    cached_tokens: int = 0


class _Usage(BaseModel):
    prompt_tokens: int
    completion_tokens: int
    prompt_tokens_details: _Cached | None = None


class _Answer(BaseModel):
    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage
