"""The model's words on their way to the caller: whole sentences, each held to the truth."""

import itertools
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from livekit.agents import FlushSentinel
from livekit.agents.llm import ChatChunk, ChoiceDelta, CompletionUsage, FunctionToolCall

from agent.conversation.node import NodeAgent
from agent.conversation.truth import guarded
from shared.domain.conversation import RequestTaken
from shared.domain.language.speech_guard import NO_SECRECY, NOT_A_PERSON, NOT_CLERGY, NOT_RECORDED, NOT_STORED, RECORDED

ANSWER = "Hello.  We meet at 9.30 and eleven! Is there\nanything else?   Dr. Lee is in, e.g. on Monday. And  so"
WHOLE = "Hello. We meet at 9.30 and eleven! Is there anything else? Dr. Lee is in, e.g. on Monday. And so "


async def streamed(chunks: Iterable[Any], state: Any) -> list[Any]:
    async def source() -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    return [chunk async for chunk in guarded(source(), state)]


async def said(chunks: Iterable[Any], state: Any) -> str:
    return "".join(chunk for chunk in await streamed(chunks, state) if isinstance(chunk, str))


def delta(content: str | None = None, **more: Any) -> ChatChunk:
    return ChatChunk(id="c", delta=ChoiceDelta(role="assistant", content=content, **more))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, len(ANSWER)), max_size=12), as_text=st.booleans())
async def test_given_a_stream_cut_anywhere_then_the_same_is_said(
    cuts: list[int], as_text: bool, conversation: Any
) -> None:
    at = [0, *sorted(cuts), len(ANSWER)]
    pieces = [ANSWER[a:b] for a, b in itertools.pairwise(at)]
    assert await said(pieces if as_text else map(delta, pieces), conversation.state) == WHOLE


@pytest.mark.requirement("PT-66", "PT-75", "PT-76")
@pytest.mark.parametrize(
    ("sentence", "truth"),
    [
        ("I am a real pastor.", NOT_CLERGY),
        ("I'm a human being.", NOT_A_PERSON),
        ("This stays between us.", NO_SECRECY),
        ("I've sent it.", NOT_STORED),
        ("This call is recorded.", NOT_RECORDED),
        ("I\u200b am a pas\u200btor\x00.", NOT_CLERGY),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
async def test_given_a_forbidden_sentence_among_others_then_it_alone_is_replaced_and_told(
    size: int, sentence: str, truth: str, conversation: Any
) -> None:
    text = f"Good morning. {sentence} How are you?"
    pieces = [delta(text[at : at + size]) for at in range(0, len(text), size)]

    assert await said(pieces, conversation.state) == f"Good morning. {truth} How are you? "
    (replaced,) = [e.fields for e in conversation.state.journal.events if e.kind == "speech_replaced"]
    assert replaced["allowed"] == truth


@pytest.mark.requirement("PT-76")
async def test_given_a_recording_then_it_may_be_named_and_not_denied(conversation: Any) -> None:
    conversation.state.change(recording_enabled=True)
    assert await said(["This call is recorded."], conversation.state) == "This call is recorded. "
    assert await said(["This call is not recorded."], conversation.state) == f"{RECORDED} "


@pytest.mark.requirement("PT-66")
@pytest.mark.parametrize(
    ("receipt", "truth"),
    [("stored", "So far I've passed on one prayer request."), ("kept", NOT_STORED), (None, NOT_STORED)],
)
async def test_given_a_claim_of_success_then_what_is_in_the_database_is_told(
    receipt: Any, truth: str, conversation: Any
) -> None:
    taken = RequestTaken("effect-1", "prayer", {}, 1, receipt)
    conversation.state.change(requests=(taken,))
    assert await said(["I've sent ", "both of them."], conversation.state) == f"{truth} "


async def test_given_a_tool_call_then_it_passes_without_the_words_beside_it(conversation: Any) -> None:
    call = FunctionToolCall(name="end_call", arguments="{}", call_id="1")
    chunks = await streamed([delta("One moment. I've sent", tool_calls=[call]), delta(" it.")], conversation.state)

    assert [chunk for chunk in chunks if isinstance(chunk, str)] == ["One moment. ", f"{NOT_STORED} "]
    (passed,) = [chunk for chunk in chunks if not isinstance(chunk, str)]
    assert passed.delta.tool_calls == [call]
    assert passed.delta.content is None


async def test_given_usage_then_it_passes(conversation: Any) -> None:
    usage = CompletionUsage(completion_tokens=1, prompt_tokens=2, total_tokens=3)
    chunks = await streamed([delta("Hello"), ChatChunk(id="c", usage=usage)], conversation.state)

    assert [chunk.usage for chunk in chunks if isinstance(chunk, ChatChunk)] == [usage]
    assert "Hello " in chunks


async def test_given_a_flush_then_what_was_held_is_said_before_it(conversation: Any) -> None:
    chunks = await streamed(["I've sent", FlushSentinel(), " it."], conversation.state)

    assert [type(chunk) for chunk in chunks] == [str, FlushSentinel, str]
    assert chunks[0] == f"{NOT_STORED} "


@pytest.mark.parametrize("chunks", [[], [""], ["  \n"], [delta()], [delta("")]])
async def test_given_nothing_to_say_then_nothing_is_said(chunks: list[Any], conversation: Any) -> None:
    assert await streamed(chunks, conversation.state) == []


async def test_given_a_caller_in_care_then_only_a_move_elsewhere_ends_it(conversation: Any) -> None:
    async def respond(*_: Any) -> None:
        raise AssertionError

    state = conversation.state
    state.change(in_care=True)
    care = NodeAgent(state.template.start, state, respond).before("care")
    assert state.conversation.in_care and care.name == "care"

    care.before("messages")
    assert not state.conversation.in_care
