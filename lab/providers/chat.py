"""OpenAI's `/v1/chat/completions`, streamed or whole."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from lab.providers.refusals import Refusal
from lab.providers.request_rules import refusal


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: str
    """JSON, as a model writes it: it may be malformed."""


@dataclass(frozen=True)
class Reply:
    """A model's text, its tool calls, or both."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True)
class ChatRequest:
    messages: tuple[dict[str, Any], ...]
    tools: dict[str, dict[str, Any]]
    """JSON schemas of the arguments, by tool; empty when the model may call none."""
    schema: dict[str, Any] | None = None
    """Of the reply, where it is to be a form."""


class Model(Protocol):
    def reply(self, request: ChatRequest) -> Reply:
        """Runs in a thread. Deterministic: the same request gets the same reply."""
        ...


class Chat:
    """The endpoint. `select` chooses the model by the name in the request."""

    def __init__(self, select: "Selection") -> None:
        self._select = select
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chat")

    async def complete(self, request: Request) -> Response:
        if bad_key(request):
            return openai_error(401, "invalid_api_key", "Incorrect API key provided.")
        body = await parsed_body(request)
        if body is None:
            return openai_error(400, "invalid_json", "We could not parse the JSON body of your request.")
        if (refused := refusal(body)) is not None:
            return openai_refusal(refused)
        parsed = parse(body)
        model = self._select(body["model"])
        reply = await asyncio.get_running_loop().run_in_executor(self._thread, model.reply, parsed)
        usage = _usage(parsed, reply)
        headers = {"x-request-id": f"req_{uuid.uuid4().hex}"}
        if not body.get("stream"):
            return JSONResponse(_whole(body["model"], reply, usage), headers=headers)
        with_usage = bool((body.get("stream_options") or {}).get("include_usage"))
        chunks = _chunks(body["model"], reply, usage if with_usage else None)
        return StreamingResponse(chunks, media_type="text/event-stream", headers=headers)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)


class Selection(Protocol):
    def __call__(self, name: str) -> Model: ...


def parse(body: dict[str, Any]) -> ChatRequest:
    """A request that `request_rules` let pass, as a value."""
    offered = [] if body.get("tool_choice") == "none" else body.get("tools") or []
    tools = {tool["function"]["name"]: tool["function"].get("parameters") or {} for tool in offered}
    form = (body.get("response_format") or {}).get("json_schema") or {}
    return ChatRequest(tuple(body["messages"]), tools, form.get("schema"))


def text_of(message: dict[str, Any]) -> str:
    """A message's text, whether its content is a string or a list of parts."""
    content = message.get("content")
    if isinstance(content, list):
        parts = cast(list[dict[str, Any]], content)
        return " ".join(str(part.get("text", "")) for part in parts if part.get("type") == "text")
    return content if isinstance(content, str) else ""


def bad_key(request: Request) -> bool:
    """True without a bearer key, and for the key `bad`; any other key is accepted."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() != "bearer" or key.strip() in ("", "bad")


async def parsed_body(request: Request) -> dict[str, Any] | None:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return None
    return cast(dict[str, Any], body) if isinstance(body, dict) else None


def openai_error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": code, "param": None, "code": code}}, status)


def openai_refusal(refused: Refusal) -> Response:
    error = {"message": refused.message, "type": "invalid_request_error", "param": refused.param, "code": refused.code}
    return JSONResponse({"error": error}, 400)


def _usage(request: ChatRequest, reply: Reply) -> dict[str, Any]:
    """The usage object; a token counts as four characters."""
    sent = sum(len(json.dumps(m)) for m in request.messages) + len(json.dumps(request.tools))
    answered = len(reply.text) + sum(len(call.name) + len(call.arguments) for call in reply.calls)
    prompt, completion = sent // 4 + 1, answered // 4 + 1
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _tool_calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "id": f"call_{uuid.uuid4().hex[:24]}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for index, call in enumerate(reply.calls)
    ]


def _whole(model: str, reply: Reply, usage: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.calls:
        message["tool_calls"] = [{k: v for k, v in call.items() if k != "index"} for call in _tool_calls(reply)]
    finish = "tool_calls" if reply.calls else "stop"
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": usage,
    }


async def _chunks(model: str, reply: Reply, usage: dict[str, Any] | None) -> AsyncIterator[bytes]:
    head = {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
    }

    def event(choices: list[dict[str, Any]], **more: Any) -> bytes:
        return b"data: " + json.dumps({**head, "choices": choices, **more}).encode() + b"\n\n"

    def delta(delta: dict[str, Any], finish: str | None = None) -> bytes:
        return event([{"index": 0, "delta": delta, "finish_reason": finish}])

    yield delta({"role": "assistant", "content": ""})
    for word in re.findall(r"\s*\S+|\s+", reply.text):
        yield delta({"content": word})
    for call in _tool_calls(reply):
        arguments = call["function"]["arguments"]
        yield delta({"tool_calls": [{**call, "function": {"name": call["function"]["name"], "arguments": ""}}]})
        for at in range(0, len(arguments), 64):
            piece = {"index": call["index"], "function": {"arguments": arguments[at : at + 64]}}
            yield delta({"tool_calls": [piece]})
    yield delta({}, "tool_calls" if reply.calls else "stop")
    if usage is not None:
        yield event([], usage=usage)
    yield b"data: [DONE]\n\n"
