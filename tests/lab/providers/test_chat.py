"""OpenAI's chat, through the unchanged plugin."""

import json
import time
from typing import Any

import httpx
import pytest
from livekit.agents import APIConnectionError, APIConnectOptions, APIStatusError, APITimeoutError, function_tool
from livekit.agents.llm import ChatContext, CompletionUsage, FunctionToolCall
from livekit.plugins import openai

from lab.providers.control import LabControl

pytestmark = pytest.mark.usefixtures("plugins", "taught")

ONCE = APIConnectOptions(max_retry=0, timeout=1.0)
PLAYBOOK: dict[str, Any] = {
    "intents": [
        {"name": "hours", "examples": ["When is the service?"], "reply": "The service is at ten."},
        {
            "name": "prayer",
            "examples": ["Please pray for my mother."],
            "tool": "submit_prayer_request",
            "slots": [{"name": "prayer", "kind": "text", "ask": "What shall we pray for?"}],
        },
    ],
    "unknown": "I don't know that.",
}
TOOL = function_tool(
    lambda raw_arguments: None,
    raw_schema={
        "type": "function",
        "name": "submit_prayer_request",
        "description": "",
        "parameters": {"type": "object", "properties": {"prayer": {"type": "string"}}},
    },
)


@pytest.fixture
async def taught(lab: LabControl) -> None:
    await lab.teach({"chat/desk": PLAYBOOK})


def context(said: str) -> ChatContext:
    chat = ChatContext()
    chat.add_message(role="system", content="Role: chat/desk")
    chat.add_message(role="user", content=said)
    return chat


async def answered(
    lab: LabControl, said: str, model: str = "gpt-4o", key: str = "any"
) -> tuple[str, list[FunctionToolCall], CompletionUsage | None]:
    llm = openai.LLM(model=model, base_url=f"{lab.url}/v1", api_key=key)
    text, calls, usage = "", list[FunctionToolCall](), None
    try:
        async with llm.chat(chat_ctx=context(said), tools=[TOOL], conn_options=ONCE) as stream:
            async for chunk in stream:
                usage = chunk.usage or usage
                if chunk.delta:
                    text += chunk.delta.content or ""
                    calls += chunk.delta.tool_calls
    finally:
        await llm.aclose()
    return text, calls, usage


async def test_given_a_question_then_its_answer_streams_with_usage(lab: LabControl) -> None:
    text, calls, usage = await answered(lab, "At what hour does the service begin?")
    assert text == "The service is at ten."
    assert calls == []
    assert usage is not None
    assert usage.prompt_tokens > usage.completion_tokens > 0


async def test_given_a_wish_then_its_tool_is_called(lab: LabControl) -> None:
    _, [call], _ = await answered(lab, "Would you pray for my neighbor's broken leg?")
    assert call.name == "submit_prayer_request"
    assert json.loads(call.arguments) == {"prayer": "my neighbor's broken leg"}


async def test_given_the_contrary_model_then_it_answers_instead(lab: LabControl) -> None:
    sane = await answered(lab, "When is the service?")
    await lab.model("contrary", seed=5)
    contrary = await answered(lab, "When is the service?")
    assert contrary[0] != sane[0]
    assert contrary[0] == (await answered(lab, "When is the service?", model="contrary:5"))[0]
    await lab.model("scripted")
    assert (await answered(lab, "When is the service?"))[0] == sane[0]


async def test_given_no_stream_is_asked_for_then_the_whole_comes_at_once(lab: LabControl) -> None:
    body = {"model": "any", "messages": context("When is the service?").to_provider_format("openai")[0]}
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False) as client:
        answer = await client.post("/v1/chat/completions", json=body, headers={"authorization": "Bearer any"})
    choice = answer.json()["choices"][0]
    assert choice["message"] == {"role": "assistant", "content": "The service is at ten."}
    assert choice["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"{}", b'{"model": "a", "messages": []}', b'{"model": "a", "messages": [1]}'],
)
async def test_given_a_malformed_request_then_a_400(lab: LabControl, body: bytes) -> None:
    async with httpx.AsyncClient(base_url=lab.url, trust_env=False) as client:
        answer = await client.post("/v1/chat/completions", content=body, headers={"authorization": "Bearer any"})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize("books", [{"chat/desk": 1}, {"chat/desk": {"intents": 1}}])
async def test_given_what_is_no_playbook_when_taught_then_it_is_refused(lab: LabControl, books: dict[str, Any]) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        await lab.teach(books)


async def test_given_a_bad_key_then_the_plugin_sees_a_401(lab: LabControl) -> None:
    with pytest.raises(APIStatusError) as error:
        await answered(lab, "Hello.", key="bad")
    assert error.value.status_code == 401


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_given_a_status_fault_then_the_plugin_sees_it(lab: LabControl, status: int) -> None:
    async with lab.faulty("llm", "status", status=status):
        with pytest.raises(APIStatusError) as error:
            await answered(lab, "Hello.")
    assert error.value.status_code == status


async def test_given_a_hang_then_the_plugin_times_out(lab: LabControl) -> None:
    async with lab.faulty("llm", "hang", seconds=3):
        with pytest.raises(APITimeoutError):
            await answered(lab, "Hello.")


@pytest.mark.parametrize("kind", ["refuse", "cut"])
async def test_given_a_broken_connection_then_the_plugin_sees_it(lab: LabControl, kind: Any) -> None:
    async with lab.faulty("llm", kind):
        with pytest.raises(APIConnectionError):
            await answered(lab, "When is the service?")


async def test_given_a_delay_then_the_answer_is_late(lab: LabControl) -> None:
    async with lab.faulty("llm", "delay", seconds=0.3):
        started = time.perf_counter()
        assert (await answered(lab, "When is the service?"))[0] == "The service is at ten."
        assert time.perf_counter() - started >= 0.3


async def test_given_a_fault_for_one_time_then_the_next_request_goes_well(lab: LabControl) -> None:
    await lab.fault("llm", "status", status=503, times=1)
    with pytest.raises(APIStatusError):
        await answered(lab, "Hello.")
    assert (await answered(lab, "When is the service?"))[0] == "The service is at ten."
