from typing import Any

import httpx2
import openai
import orjson

from agent.speech.chat_client import ChatClient

_MESSAGES: list[Any] = [
    {"role": "system", "content": "You answer the telephone."},
    {"role": "user", "content": [{"type": "text", "text": "Is it open?"}]},
    {
        "role": "assistant",
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "t", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "1", "content": "yes"},
]
_TOOLS: list[Any] = [{"type": "function", "function": {"name": "t", "parameters": {"type": "object"}}}]


async def _sent_by(client: type[openai.AsyncClient], **more: Any) -> dict[str, Any]:
    bodies: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        bodies.append(request.content)
        return httpx2.Response(200, content=b"data: [DONE]\n\n", headers={"content-type": "text/event-stream"})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        one = client(api_key="key", base_url="http://provider.test/v1", http_client=http)
        stream = await one.chat.completions.create(model="m", messages=_MESSAGES, stream=True, **more)
        assert [chunk async for chunk in stream] == []
    return orjson.loads(bodies[0])


async def test_when_a_reply_is_requested_then_the_provider_gets_what_the_library_itself_would_send() -> None:
    cases: list[dict[str, Any]] = [
        {},
        {"tools": _TOOLS, "parallel_tool_calls": False, "temperature": 0.3},
        {"tools": openai.omit, "extra_body": {"seed": 7}},
    ]
    for more in cases:
        assert await _sent_by(ChatClient, **more) == await _sent_by(openai.AsyncClient, **more), more
