"""A call that gets one sentence and an end: no template, no model."""

import asyncio
from contextlib import aclosing
from typing import Any

from livekit.agents import Agent, AgentSession

from agent.course import Course
from agent.journal import Journal
from agent.line import Line
from agent.spoken import SpokenLines
from agent.transcript import Transcript
from agent.voices import Engines, mouth_of
from shared.calls.admit import Admission
from shared.domain.announcements import TECHNICAL_TROUBLE, announcement
from shared.domain.routing import Reason
from shared.domain.template import Voice
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Request
from shared.wiring import Services

_PREPARE_SECONDS = 3.0
_SPEAK_SECONDS = 45.0
_PROMISE_SECONDS = 3.0
"""For writing a callback down; behind other writes that wait for Postgres it takes a moment only."""


async def words_of(reason: Reason, admission: Admission, call_id: str, services: Services) -> str:
    """What to announce for this reason; where it promises a call back, that is written down first."""
    if reason is Reason.DIRECTORY_ERROR:
        return await promise_of_callback(admission, call_id, services)
    return announcement(reason)


async def promise_of_callback(admission: Admission, call_id: str, services: Services) -> str:
    """The apology for a call that can't be connected; a call back is promised only once it is written down."""
    if admission.caller is None:
        return announcement(Reason.DIRECTORY_ERROR, callback=False)
    callback = Request(
        call_id=call_id,
        key="callback:announcement",
        kind="callback",
        # where nobody could tell the tenant, the number dialled will
        tenant_id=admission.tenant.tenant_id if admission.tenant else None,
        stage=services.settings.stage,
        release=services.settings.release,
        caller=admission.caller,
        at=services.clock.now(),
        fields={
            "did": admission.did,
            "callback_number": admission.caller,
            "reason": "The call couldn't be connected because of a technical problem.",
        },
    )
    try:
        async with asyncio.timeout(_PROMISE_SECONDS):
            await services.requests.submit(callback)
    except (StoreError, TimeoutError) as error:
        report(error, call_id=call_id, kind="callback")
        return TECHNICAL_TROUBLE
    return announcement(Reason.DIRECTORY_ERROR)


async def announce(
    line: Line, services: Services, engines: Engines, text: str, journal: Journal, course: Course
) -> None:
    """Answer, say `text` once in the house voice, hang up. `course` is told when it was answered and what was heard."""
    voice = Voice()
    transcript = Transcript(line.ringing_at, journal)
    synthesiser = mouth_of(services.settings, voice, engines.preparing)
    async with aclosing(synthesiser):
        spoken = SpokenLines(synthesiser, voice, services.settings.data_dir / "voices", {}, TECHNICAL_TROUBLE)
        gone = asyncio.create_task(line.ended(), name=f"end of {line.call_id}")
        preparing = asyncio.create_task(spoken.prepare([text]), name="announcement")
        mine: list[asyncio.Task[Any]] = [gone, preparing]
        await asyncio.wait({gone, preparing}, timeout=_PREPARE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        session: AgentSession[None] = AgentSession(
            vad=None, turn_handling={"turn_detection": "manual"}, aec_warmup_duration=None
        )
        transcript.follow(session)
        line.attach(session)
        try:
            if not await line.answer(session, Agent(instructions="")):
                return
            course.answered_at = services.clock.now()
            journal.note("answered")
            speech = session.say(text, audio=spoken.audio(text), allow_interruptions=False)
            said = asyncio.create_task(speech.wait_for_playout(), name="announcement heard")
            mine.append(said)
            await asyncio.wait({gone, said}, timeout=_SPEAK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            await line.hang_up("announcement")
        finally:
            for task in mine:
                task.cancel()
            await asyncio.gather(*mine, return_exceptions=True)
            try:
                await asyncio.shield(session.aclose())
            finally:
                course.transcript = transcript.lines
