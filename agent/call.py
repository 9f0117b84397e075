"""One call from ringing to its record: the only place that reads like the whole story.

admit -> reject, announce or converse -> hang up -> write the record. agent/conversation/ has a turn's story.
"""

import asyncio

import structlog
from structlog.contextvars import bound_contextvars

from agent.announcement import announce, promise_of_callback, words_of
from agent.businesses.business import business_of
from agent.conversation.conversation import converse
from agent.lines.line import Ending, Line
from agent.record.account import AgentAccount
from agent.record.journal import Journal, Listener
from agent.speech.engines import Engines
from shared.calls.admit import Ringing
from shared.calls.complete import complete_call
from shared.calls.session import forget_session
from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.domain.decisions import to_json
from shared.domain.routing import Admit, Announce, Reject
from shared.errors import ProviderError
from shared.observe import report
from shared.services import Services
from shared.tasks import to_its_end

log = structlog.get_logger(__name__)

BUSY_HERE = 486
LINE_SECONDS = 40.0
"""The longest wait, after the hang-up, for the line's ending; the SIP service gives up a silent peer before."""


async def take_call(
    line: Line, services: Services, engines: Engines, *, listener: Listener | None = None, at_capacity: bool = False
) -> None:
    """Admit the call, answer it, converse, end it, write its record. Raises nothing but its own cancellation.

    Every way out leaves one completed record, but for a line that another agent took over: that agent writes it.
    `at_capacity`: this process has no room for the call, which is refused and recorded.
    """
    settings = services.settings
    with bound_contextvars(call_id=line.call_id, stage=settings.stage, release=settings.release):
        journal = Journal(line.call_id, services.calls, services.clock, listener)
        account = AgentAccount()
        journal.note("ringing", at=line.ringing_at, did=line.did_raw)
        try:
            await _serve(line, services, engines, journal, account, at_capacity)
        except asyncio.CancelledError:
            # a normal end, which the record names; only this boundary looks at it (RP-23)
            log.info("Session was cancelled (normal for abrupt hangup)", action="call_cancelled")
            account.end_reason = "cancelled"
            raise
        except Exception as error:
            # the boundary of a call: it reports, and the caller gets an apology instead of silence (PT-21, PT-22)
            report(error, action="call")
            account.end_reason = "error"
            journal.note("error", error=type(error).__name__)
            if account.answered_at is None:
                await _apologise(line, services, engines, journal, account)
        finally:
            log.info(
                "CALL ENDED - Cleaning up",
                action="call_ended",
                session_started=account.session_started,
                reached=account.reached,
            )
            await to_its_end("conclusion", _conclude(line, services, journal, account))


async def _serve(
    line: Line, services: Services, engines: Engines, journal: Journal, account: AgentAccount, at_capacity: bool
) -> None:
    ringing = Ringing(
        call_id=line.call_id,
        did_raw=line.did_raw,
        caller_raw=line.caller_raw,
        ringing_at=line.ringing_at,
        medium="phone",
        synthetic=line.synthetic,
        unsigned=line.unsigned,
        at_capacity=at_capacity,
        room_id=line.room_id,
    )
    account.admission = admission = await services.admit_call(ringing)
    account.reached = "decided"
    journal.note("decided", decision=to_json(admission.decision))
    match admission.decision:
        case Reject():
            await line.reject(BUSY_HERE)
        case Announce(reason=reason):
            account.announced = True
            account.end_reason = "announcement"
            words = await words_of(reason, admission, line.call_id, services)
            await announce(line, services, engines, words, journal, account)
        case Admit(template=name):
            try:
                await converse(line, services, journal, account, business_of(name), engines)
            except ProviderError as error:
                report(error, action="converse")
                journal.note("provider_failed", error=str(error))
                account.end_reason = "provider_failed"
                words = await promise_of_callback(admission, line.call_id, services)
                await announce(line, services, engines, words, journal, account)
                language = admission.tenant.language if admission.tenant else "en"
                caller = None if line.synthetic else admission.caller
                texted = await services.voice_lost(line.call_id, caller, language, "tts")
                journal.note("text_message", result=texted)
    await line.ended()


async def _apologise(line: Line, services: Services, engines: Engines, journal: Journal, account: AgentAccount) -> None:
    try:
        await announce(line, services, engines, TECHNICAL_TROUBLE, journal, account)
    except Exception as error:
        # what broke the call may break the apology too; its end is recorded all the same
        report(error, action="apology")


async def _conclude(line: Line, services: Services, journal: Journal, account: AgentAccount) -> None:
    """Hang up and write the call's record. Only the store of that record can make it fail."""
    ending = await _hung_up(line, services, account)
    if ending.taken_over:
        journal.note("taken_over")
        await journal.aclose()
        return
    facts = account.facts(ending)
    journal.note("ended", by=facts.ended_by, reason=facts.end_reason)
    await journal.aclose()
    await complete_call(
        line.call_id,
        "agent",
        facts,
        calls=services.calls,
        transcript=tuple(account.transcript),
        usage=account.usage,
        traversal=account.conversation.visits if account.conversation else (),
        template_version=account.conversation.began_as.version if account.conversation else None,
        prices=services.prices,
    )
    await forget_session(line.call_id, services.sessions)


async def _hung_up(line: Line, services: Services, account: AgentAccount) -> Ending:
    """How the line ended. One that raises, or stays silent, counts as ended by the system now."""
    try:
        await line.hang_up(account.end_reason or "over")
    except Exception as error:
        report(error, action="hang_up")
    try:
        async with asyncio.timeout(LINE_SECONDS):
            return await line.ended()
    except Exception as error:
        report(error, action="line")
        return Ending("system", account.end_reason or "line_lost", services.clock.now())
