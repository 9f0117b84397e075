"""One call from ringing to hang-up."""

import asyncio
from collections.abc import Coroutine
from typing import Any

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
from shared.domain.announcements import TECHNICAL_TROUBLE
from shared.domain.decisions import to_json
from shared.domain.routing import Admit, Announce, Reject
from shared.errors import ProviderError
from shared.observe import report
from shared.services import Services

BUSY_HERE = 486
LINE_SECONDS = 40.0
"""For a line that was hung up to say how it ended; a SIP peer that doesn't answer is given up before."""


async def take_call(
    line: Line, services: Services, engines: Engines, *, listener: Listener | None = None, at_capacity: bool = False
) -> None:
    """Decide, answer, converse, end, record. Every way out leaves one completed record; only cancellation is raised.

    `at_capacity`: there is no room for this one; it is refused, and recorded too. The one exception is a line that
    another agent took over: that one records the call.
    """
    settings = services.settings
    with bound_contextvars(call_id=line.call_id, stage=settings.stage, release=settings.release):
        journal = Journal(line.call_id, services.calls, services.clock, listener)
        course = AgentAccount()
        journal.note("ringing", at=line.ringing_at, did=line.did_raw)
        try:
            await _serve(line, services, engines, journal, course, at_capacity)
        except asyncio.CancelledError:
            course.end_reason = "cancelled"
            raise
        except Exception as error:
            # the boundary of a call: reported, and the caller hears an apology instead of silence (PT-21, PT-22)
            report(error, call_id=line.call_id, action="call")
            course.end_reason = "error"
            journal.note("error", error=type(error).__name__)
            if course.answered_at is None:
                await _apologise(line, services, engines, journal, course)
        finally:
            await _to_its_end(_conclude(line, services, journal, course))


async def _serve(
    line: Line, services: Services, engines: Engines, journal: Journal, course: AgentAccount, at_capacity: bool
) -> None:
    ringing = Ringing(
        call_id=line.call_id,
        did_raw=line.did_raw,
        caller_raw=line.caller_raw,
        ringing_at=line.ringing_at,
        medium="phone",
        synthetic=line.synthetic,
        at_capacity=at_capacity,
        room_id=line.room_id,
    )
    course.admission = admission = await services.admit_call(ringing)
    journal.note("decided", decision=to_json(admission.decision))
    match admission.decision:
        case Reject():
            await line.reject(BUSY_HERE)
        case Announce(reason=reason):
            course.announced = True
            course.end_reason = "announcement"
            words = await words_of(reason, admission, line.call_id, services)
            await announce(line, services, engines, words, journal, course)
        case Admit(template=name):
            try:
                await converse(line, services, journal, course, business_of(name), engines)
            except ProviderError as error:
                report(error, call_id=line.call_id)
                journal.note("provider_failed", error=str(error))
                course.end_reason = "provider_failed"
                words = await promise_of_callback(admission, line.call_id, services)
                await announce(line, services, engines, words, journal, course)
    await line.ended()


async def _apologise(line: Line, services: Services, engines: Engines, journal: Journal, course: AgentAccount) -> None:
    try:
        await announce(line, services, engines, TECHNICAL_TROUBLE, journal, course)
    except Exception as error:
        # what broke the call may break the apology too; its end is recorded all the same
        report(error, call_id=line.call_id, action="apology")


async def _conclude(line: Line, services: Services, journal: Journal, course: AgentAccount) -> None:
    """Hangs up and writes the one record of the call. Only the store of that record can make it fail."""
    ending = await _hung_up(line, services, course)
    if ending.taken_over:
        journal.note("taken_over")
        await journal.aclose()
        return
    facts = course.facts(ending)
    journal.note("ended", by=facts.ended_by, reason=facts.end_reason)
    await journal.aclose()
    await complete_call(
        line.call_id,
        "agent",
        facts,
        calls=services.calls,
        transcript=tuple(course.transcript),
        usage=course.usage,
        traversal=course.state.conversation.traversal if course.state else (),
    )


async def _hung_up(line: Line, services: Services, course: AgentAccount) -> Ending:
    """How the line ended. One that breaks, or doesn't say, ended by the system now."""
    try:
        await line.hang_up(course.end_reason or "over")
    except Exception as error:
        report(error, call_id=line.call_id, action="hang_up")
    try:
        async with asyncio.timeout(LINE_SECONDS):
            return await line.ended()
    except Exception as error:
        report(error, call_id=line.call_id, action="line")
        return Ending("system", course.end_reason or "line_lost", services.clock.now())


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Nothing cuts it short: who is cancelled meanwhile waits for it first."""
    doing = asyncio.create_task(work, name="conclusion")
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait({doing})
        raise
