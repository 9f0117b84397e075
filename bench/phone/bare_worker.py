"""`python -m bench.phone.bare_worker NAME GREETING BRIEF`: a plain livekit-agents worker that answers phone calls.

It plays the synthesised sentence in the file GREETING, uses the plugins, prompt, tools and turn settings of Pickup's
session, which the file BRIEF holds as JSON, and stays until the caller leaves. LiveKit's address and key come from the
environment.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from livekit import rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobProcess, inference
from livekit.plugins import deepgram, openai

from bench.bare import VAD_SILENCE_SECONDS, Brief, done_tools
from shared.process import announce

GREETING = "Thank you for calling Grace Community Church. This is the church's assistant. How can I help you?"
RATE = 24_000
FRAME = 480
ROOM_FOR_CALLS = 8

server = AgentServer(
    port=0,
    load_fnc=lambda worker: len(worker.active_jobs) / ROOM_FOR_CALLS,
    load_threshold=1.0,
    num_idle_processes=2,
)


def warm_up(process: JobProcess) -> None:
    process.userdata["ear"] = inference.VAD(model="silero", min_silence_duration=VAD_SILENCE_SECONDS)


server.setup_fnc = warm_up


async def answer(job: JobContext) -> None:
    brief = Brief(**json.loads(await asyncio.to_thread(Path(sys.argv[3]).read_text)))
    await job.connect()
    await job.wait_for_participant(kind=[rtc.ParticipantKind.PARTICIPANT_KIND_SIP])
    session = AgentSession[None](
        stt=deepgram.STT(
            model="nova-3",
            language="en-US",
            base_url=brief.deepgram_base_url,
            api_key=brief.api_key,
            endpointing_ms=brief.endpointing_ms,
        ),
        llm=openai.LLM(model=brief.llm_model, base_url=brief.openai_base_url, api_key=brief.api_key),
        tts=openai.TTS(
            model=brief.tts_model,
            voice=brief.voice,
            response_format="pcm",
            base_url=brief.openai_base_url,
            api_key=brief.api_key,
        ),
        vad=job.proc.userdata["ear"],
        turn_handling=brief.turn_handling,  # pyright: ignore[reportArgumentType]
    )
    await session.start(Agent(instructions=brief.instructions, tools=done_tools(brief)), room=job.room)
    session.say(GREETING, audio=_greeting())


async def _greeting() -> AsyncIterator[rtc.AudioFrame]:
    """The frames of the greeting's file: s16le, 24 kHz, mono."""
    pcm = await asyncio.to_thread(Path(sys.argv[2]).read_bytes)
    for start in range(0, len(pcm) - 2 * FRAME, 2 * FRAME):
        yield rtc.AudioFrame(pcm[start : start + 2 * FRAME], RATE, 1, FRAME)
        await asyncio.sleep(0)


async def main() -> None:
    server.rtc_session(answer, agent_name=sys.argv[1])
    server.once("worker_registered", lambda *_: announce())
    try:
        await server.run()
    finally:
        await server.aclose()


if __name__ == "__main__":
    asyncio.run(main())
