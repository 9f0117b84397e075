"""A call that gets one sentence and an end: no template, no model."""

import asyncio

from livekit.agents import Agent, AgentSession

from agent.journal import Journal
from agent.line import Line
from agent.spoken import SpokenLines
from agent.transcript import Transcript
from agent.voices import mouth_for
from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.domain.call import Line as SpokenLine
from shared.domain.template import Voice
from shared.wiring import Services

_PREPARE_SECONDS = 3.0
_SPEAK_SECONDS = 45.0


async def announce(line: Line, services: Services, text: str, journal: Journal) -> list[SpokenLine]:
    """Answer, say `text` once in the house voice, hang up. Returns what was heard, for the record."""
    voice = Voice()
    transcript = Transcript(line.ringing_at, journal)
    async with mouth_for(services.settings, voice) as mouth:
        spoken = SpokenLines(mouth, voice, services.settings.data_dir / "voices", {}, TECHNICAL_TROUBLE)
        await asyncio.wait({asyncio.ensure_future(spoken.prepare([text]))}, timeout=_PREPARE_SECONDS)
        session: AgentSession[None] = AgentSession(
            vad=None, turn_handling={"turn_detection": "manual"}, aec_warmup_duration=None
        )
        transcript.follow(session)
        line.attach(session)
        try:
            await line.answer(session, Agent(instructions=""))
            journal.note("answered")
            speech = session.say(text, audio=spoken.audio(text), allow_interruptions=False)
            gone = asyncio.ensure_future(line.ended())
            said = asyncio.ensure_future(speech.wait_for_playout())
            await asyncio.wait({gone, said}, timeout=_SPEAK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            await line.hang_up("announcement")
            for task in (gone, said):
                task.cancel()
            await asyncio.gather(gone, said, return_exceptions=True)
        finally:
            await asyncio.shield(session.aclose())
    return transcript.lines
