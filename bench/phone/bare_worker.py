"""`python -m bench.phone.bare_worker NAME GREETING`: a plain livekit-agents worker that answers phone calls.

It plays the synthesised sentence in the file GREETING, uses the same plugins and settings as Pickup's session, and
stays until the caller leaves. LiveKit's address and key come from the environment.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from livekit import rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobProcess, inference
from livekit.plugins import deepgram, openai

from shared.config import load_settings, needed
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
    process.userdata["ear"] = inference.VAD(model="silero")


server.setup_fnc = warm_up


async def answer(job: JobContext) -> None:
    speech = needed(load_settings(("speech", "livekit")).speech)
    await job.connect()
    await job.wait_for_participant(kind=[rtc.ParticipantKind.PARTICIPANT_KIND_SIP])
    session = AgentSession[None](
        stt=deepgram.STT(
            model="nova-3",
            base_url=speech.deepgram_base_url or "https://api.deepgram.com/v1/listen",
            api_key=speech.deepgram_api_key.get_secret_value(),
        ),
        llm=openai.LLM(
            model=speech.llm_model,
            base_url=speech.openai_base_url or "https://api.openai.com/v1",
            api_key=speech.openai_api_key.get_secret_value(),
        ),
        tts=openai.TTS(
            model="tts-1",
            base_url=speech.openai_base_url or "https://api.openai.com/v1",
            api_key=speech.openai_api_key.get_secret_value(),
        ),
        vad=job.proc.userdata["ear"],
        turn_handling={"turn_detection": "vad"},
    )
    await session.start(Agent(instructions="You answer a church's telephone."), room=job.room)
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
