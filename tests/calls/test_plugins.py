"""The plugins of livekit-agents, unchanged, in a call on the lab's providers."""

import asyncio

import pytest
from livekit.agents import Agent, AgentSession, inference
from livekit.agents.utils import http_context
from livekit.plugins import deepgram, openai

from lab.person.caller import SimulatedCaller
from lab.person.line import EmbeddedLine
from lab.person.scenario import Scenario
from lab.person.wire import Wire
from lab.providers.control import LabControl


@pytest.mark.requirement("DU-13")
async def test_given_the_unchanged_plugins_when_a_caller_asks_then_the_answer_is_heard(
    providers_url: str, lab: LabControl
) -> None:
    book = {"unknown": "Pardon?", "intents": [{"name": "shoes", "examples": ["Do you mend shoes?"], "reply": "We do."}]}
    scenario = Scenario.model_validate(
        {
            "name": "shoes",
            "description": "Asks about shoes, on a telephone.",
            "codec": "g711",
            "steps": [{"say": "Hi, can you repair a pair of shoes for me?"}, "listen", "hang_up"],
        }
    )
    await lab.teach({"cobbler/desk": book})
    async with http_context.open(), Wire("g711") as wire:
        session: AgentSession[None] = AgentSession(
            stt=deepgram.STT(base_url=f"{providers_url}/v1/listen", api_key="lab", endpointing_ms=200),
            llm=openai.LLM(base_url=f"{providers_url}/v1", api_key="lab"),
            tts=openai.TTS(model="tts-1", response_format="pcm", base_url=f"{providers_url}/v1", api_key="lab"),
            vad=inference.VAD(model="silero"),
            aec_warmup_duration=None,
            session_close_transcript_timeout=0.2,
            turn_handling={"turn_detection": "vad", "endpointing": {"min_delay": 0.3}},
        )
        line = EmbeddedLine(wire, did=scenario.did, caller=scenario.caller)
        caller = SimulatedCaller(scenario, wire, lab.say)
        await caller.prepare()
        calling = asyncio.create_task(caller.run())
        try:
            await line.answer(session, Agent(instructions="Role: cobbler/desk"))
            session.say("Good morning.")
            report = await calling
        finally:
            calling.cancel()
            await session.aclose()
    said = [message.text_content for message in session.history.messages()]
    assert said[0] == "Good morning."
    assert "shoes" in (said[1] or "")
    assert said[2] == "We do."
    assert len(report.agent_spoke_ms) == 2
    assert len(report.turn_latencies_ms) == 1
    assert report.ended_by == "caller"
