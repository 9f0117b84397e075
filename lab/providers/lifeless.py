"""Answers without life: a provider that is connected, reports no error, and gives silence, blanks or nothing."""

import asyncio
import json
from typing import Any

from starlette.types import Message, Send

_BLANK_SECONDS = 0.1
"""Between two blanks of the language model."""
_BLANK: dict[str, Any] = {
    "id": "chatcmpl-blank",
    "object": "chat.completion.chunk",
    "created": 0,
    "model": "any",
    "choices": [{"index": 0, "delta": {"role": "assistant", "content": " "}, "finish_reason": None}],
}


async def lifeless_reply(send: Send, seconds: float, *, blanks: bool) -> None:
    """A stream of server-sent events that begins well, and has blanks or nothing in it for so long."""
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]},
    )
    left = seconds
    while left > 0:
        body = b"data: " + json.dumps(_BLANK).encode() + b"\n\n" if blanks else b""
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(min(left, _BLANK_SECONDS))
        left -= _BLANK_SECONDS
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n", "more_body": False})


def lifeless_sound(send: Send, *, zeros: bool) -> Send:
    """Speech as long as it should be, in digital silence; or none at all."""

    async def lifeless(message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {**message, "body": bytes(len(body)) if zeros else b""}
        await send(message)

    return lifeless


def without_words(message: Message) -> Message:
    """A recogniser's result as it is where nothing was recognised."""
    data = json.loads(message["text"])
    for each in data["channel"]["alternatives"]:
        each.update(transcript="", words=[], confidence=0.0)
    return {**message, "text": json.dumps(data)}
