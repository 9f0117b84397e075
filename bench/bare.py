"""The bare side of the comparison: the smallest livekit-agents session that answers a call with the same providers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livekit.agents import Agent, AgentSession, ConversationItemAddedEvent, RunContext, function_tool, vad
from livekit.agents.llm import ChatMessage, RawFunctionTool, Tool, Toolset
from livekit.plugins import deepgram, openai

from bench.socket_line import SocketLine
from lab.person.line import EmbeddedLine

VAD_SILENCE_SECONDS = 0.15
"""As `agent.speech.engines` has it, which this side doesn't import."""
FASTEST: dict[str, Any] = {
    "turn_detection": "stt",
    "endpointing": {"min_delay": 0.0},
    "preemptive_generation": {"enabled": True, "preemptive_tts": True},
}
"""The framework's turn settings with the shortest wait: the recogniser's pause ends the turn, whatever was said."""


@dataclass(frozen=True)
class Brief:
    """Prompt, tools and settings of the bare session, equal to Pickup's, so that only Pickup's own work differs."""

    instructions: str
    tools: list[dict[str, Any]]
    """OpenAI function schemas, as Pickup's model gets them."""
    greeting: str
    turn_handling: dict[str, Any]
    endpointing_ms: int
    llm_model: str
    tts_model: str
    voice: str
    deepgram_base_url: str
    openai_base_url: str
    api_key: str


async def take_call(
    line: SocketLine | EmbeddedLine, brief: Brief, ear: vad.VAD, turn: Callable[[str], None] = lambda words: None
) -> None:
    """Answers the line, greets, and converses until the caller hangs up; `turn` gets the words of each turn."""
    hearing = deepgram.STT(
        model="nova-3",
        language="en-US",
        base_url=brief.deepgram_base_url,
        api_key=brief.api_key,
        endpointing_ms=brief.endpointing_ms,
    )
    mind = openai.LLM(model=brief.llm_model, base_url=brief.openai_base_url, api_key=brief.api_key)
    mouth = openai.TTS(
        model=brief.tts_model,
        voice=brief.voice,
        response_format="pcm",
        base_url=brief.openai_base_url,
        api_key=brief.api_key,
    )
    session: AgentSession[None] = AgentSession(
        stt=hearing,
        llm=mind,
        tts=mouth,
        vad=ear,
        turn_handling=brief.turn_handling,  # pyright: ignore[reportArgumentType]
        aec_warmup_duration=None,
        session_close_transcript_timeout=0.2,
    )

    @session.on("conversation_item_added")
    def _(event: ConversationItemAddedEvent) -> None:
        if isinstance(event.item, ChatMessage) and event.item.role == "user":
            turn(event.item.text_content or "")

    try:
        line.attach(session)
        await line.answer(session, Agent(instructions=brief.instructions, tools=done_tools(brief)))
        session.say(brief.greeting)
        await line.ended()
    finally:
        await asyncio.shield(session.aclose())
        for provider in (hearing, mind, mouth):
            await provider.aclose()


def done_tools(brief: Brief) -> list[Tool | Toolset]:
    """The brief's tools, which do nothing."""
    return [_tool(tool) for tool in brief.tools]


def _tool(schema: dict[str, Any]) -> RawFunctionTool:
    async def done(raw_arguments: dict[str, object], ctx: RunContext[Any]) -> str:
        del raw_arguments, ctx
        return "Done."

    return function_tool(done, raw_schema=schema)
