"""A call that gets one sentence and an end: no template, no model."""

import asyncio
from datetime import datetime

from livekit.agents import Agent, AgentSession

from agent.journal import Journal
from agent.line import Line
from agent.spoken import SYNTHESIS_SECONDS, SpokenLines
from agent.transcript import Transcript
from agent.voices import mouth_for
from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.domain.call import Line as SpokenLine
from shared.domain.template import Voice
from shared.wiring import Services

_PREPARE_SECONDS = 3.0
_SPEAK_SECONDS = 45.0


async def announce(
    line: Line, services: Services, text: str, journal: Journal
) -> tuple[datetime | None, list[SpokenLine]]:
    """Answer, say `text` once in the house voice, hang up. Returns when it was answered and what was heard."""
    answered_at: datetime | None = None
    voice = Voice()
    transcript = Transcript(line.ringing_at, journal)
    async with mouth_for(services.settings, voice, SYNTHESIS_SECONDS) as mouth:
        spoken = SpokenLines(mouth, voice, services.settings.data_dir / "voices", {}, TECHNICAL_TROUBLE)
        gone = asyncio.create_task(line.ended(), name=f"end of {line.call_id}")
        preparing = asyncio.create_task(spoken.prepare([text]), name="announcement")
        await asyncio.wait({gone, preparing}, timeout=_PREPARE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        session: AgentSession[None] = AgentSession(
            vad=None, turn_handling={"turn_detection": "manual"}, aec_warmup_duration=None
        )
        transcript.follow(session)
        line.attach(session)
        try:
            if not await line.answer(session, Agent(instructions="")):
                return None, []
            answered_at = services.clock.now()
            journal.note("answered")
            speech = session.say(text, audio=spoken.audio(text), allow_interruptions=False)
            said = asyncio.ensure_future(speech.wait_for_playout())
            await asyncio.wait({gone, said}, timeout=_SPEAK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            said.cancel()
            await line.hang_up("announcement")
        finally:
            for task in (gone, preparing):
                task.cancel()
            await asyncio.gather(gone, preparing, return_exceptions=True)
            await asyncio.shield(session.aclose())
    return answered_at, transcript.lines
