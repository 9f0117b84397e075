"""An announcement: a call that is answered with one sentence and ended, without a template and a model."""

import asyncio
from contextlib import aclosing
from typing import Any

from livekit.agents import Agent, AgentSession

from agent.lines.line import Line
from agent.lines.start import started
from agent.record.account import AgentAccount
from agent.record.journal import Journal
from agent.record.transcript import Transcript
from agent.speech.chain import Trust
from agent.speech.engines import Engines
from agent.speech.phrases import FixedPhrases
from agent.speech.providers import PATIENT, mouths_of
from shared.calls.admit import Admission
from shared.calls.apology import promise_callback
from shared.config import needed
from shared.domain.announcements import TECHNICAL_TROUBLE, announcement, apology
from shared.domain.routing import Reason
from shared.domain.template import Voice
from shared.errors import DirectoryError
from shared.observe import report
from shared.services import Services

_PREPARE_SECONDS = 3.0
_SPEAK_SECONDS = 45.0
_LANGUAGE_SECONDS = 1.0


async def words_of(reason: Reason, admission: Admission, call_id: str, services: Services) -> str:
    """The sentence for this reason. One that promises a call back is returned only once the callback is stored."""
    if reason is Reason.DIRECTORY_ERROR:
        return await promise_of_callback(admission, call_id, services)
    return announcement(reason, language=await _language(admission, services))


async def _language(admission: Admission, services: Services) -> str:
    """The tenant's, from the admission or else the directory: a decision that another process made has no listing."""
    if known := admission.tenant or admission.listing:
        return known.language
    if (tenant_id := admission.decision.tenant_id) is None:
        return "en"
    try:
        async with asyncio.timeout(_LANGUAGE_SECONDS):
            tenant = await services.directory.tenant(tenant_id)
    except (DirectoryError, TimeoutError) as error:
        report(error, tenant_id=tenant_id, action="announcement")
        return "en"
    return tenant.language if tenant else "en"


async def promise_of_callback(admission: Admission, call_id: str, services: Services) -> str:
    """The apology for a call that can't be connected. It promises a call back only once the callback is stored."""
    known = admission.tenant or admission.listing
    promised = await promise_callback(
        admission,
        call_id,
        requests=services.requests,
        clock=services.clock,
    )
    return apology(promised, known.language if known else "en")


async def announce(
    line: Line, services: Services, engines: Engines, text: str, journal: Journal, account: AgentAccount
) -> None:
    """Answer, say `text` once in the house voice, hang up; fills `account` with the answer and what was said."""
    voice = Voice()
    transcript = Transcript(line.ringing_at, journal)
    trust = Trust(engines.circuits)
    synthesiser = mouths_of(needed(services.settings.speech), voice, engines.preparing, trust, PATIENT)
    async with aclosing(synthesiser):
        phrases = FixedPhrases(synthesiser, voice, services.settings.data_dir / "voices", {}, TECHNICAL_TROUBLE)
        line_ended = asyncio.create_task(line.ended(), name=f"end of {line.call_id}")
        preparing = asyncio.create_task(phrases.prepare([text]), name="announcement")
        mine: list[asyncio.Task[Any]] = [line_ended, preparing]
        await asyncio.wait({line_ended, preparing}, timeout=_PREPARE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        session: AgentSession[None] = AgentSession(
            vad=None, turn_handling={"turn_detection": "manual"}, aec_warmup_duration=None
        )
        transcript.follow(session)
        line.attach(session)
        try:
            account.reached = "starting"
            if not await started(line, session, Agent(instructions=""), services.settings.start_seconds):
                return
            account.reached = "started"
            account.answered_at = services.clock.now()
            journal.note("answered")
            speech = session.say(text, audio=phrases.audio(text), allow_interruptions=False)
            playout = asyncio.create_task(speech.wait_for_playout(), name="announcement played out")
            mine.append(playout)
            await asyncio.wait({line_ended, playout}, timeout=_SPEAK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            await line.hang_up("announcement")
        finally:
            for task in mine:
                task.cancel()
            await asyncio.gather(*mine, return_exceptions=True)
            try:
                await asyncio.shield(session.aclose())
            finally:
                account.transcript = transcript.utterances
