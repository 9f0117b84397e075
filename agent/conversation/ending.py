"""The end of a conversation: waits for it, says the last words, hangs up where our side ends the call."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import structlog
from livekit.agents import AgentSession

from agent.conversation.state import CallState
from agent.conversation.timeouts import Timeouts
from agent.lines.line import Ending, Line
from shared.domain.language.safety import CRISIS_LINE
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Callback
from shared.tasks import cancelled

log = structlog.get_logger(__name__)

LAST_WORDS_SECONDS = 25.0


async def until_the_end(
    line: Line, line_ended: asyncio.Task[Ending], state: CallState, session: AgentSession[Any], timeouts: Timeouts
) -> str | None:
    """Waits until the line, a tool, a timeout or a dead provider ends the call, and hangs up where the line is open.

    Returns our side's reason; None when the other side ended it.
    """
    await asyncio.wait({line_ended, state.end_requested, timeouts.failed}, return_when=asyncio.FIRST_COMPLETED)
    if line_ended.done():
        return None
    if timeouts.failed.done():
        await _apologise(state, session, timeouts.failed.result())
        reason = "provider_failed"
    else:
        reason = state.end_requested.result()
        last_words = asyncio.create_task(_finish_speaking(session), name="last words")
        await asyncio.wait({line_ended, last_words}, return_when=asyncio.FIRST_COMPLETED)
        await cancelled(last_words)
    if state.conversation.crisis:
        # our side never hangs up on a caller in danger: they may have said so during our goodbye
        await line_ended
    if line_ended.done():
        return None
    await line.hang_up(reason)
    return reason


async def within(seconds: float, work: Awaitable[Any]) -> None:
    """Await `work` for so long at most; an overrun is logged."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.warning("speech took too long, call goes on", action="call_bound", seconds=seconds)


async def _apologise(state: CallState, session: AgentSession[Any], provider: str) -> None:
    """Say sorry and promise to call back, in recorded phrases: the synthesiser may be what failed."""
    state.change(provider_failed=True)
    state.journal.note("provider_failed", provider=provider)
    await session.interrupt(force=True)
    phrases = [CRISIS_LINE] if state.conversation.crisis else []
    for phrase in [*phrases, state.phrases.apology]:
        speech = session.say(phrase, audio=state.fixed_phrases.audio(phrase), allow_interruptions=False)
        await within(LAST_WORDS_SECONDS, speech)
    await _request_callback(state, provider)


async def _request_callback(state: CallState, provider: str) -> None:
    caller = state.conversation.phone_number
    callback = Callback(
        call_id=state.call_id,
        key=state.new_id(),
        tenant_id=state.tenant.tenant_id,
        caller=caller,
        at=state.services.clock.now(),
        callback_number=caller,
        reason=f"The call broke off through a technical fault ({provider}).",
    )
    try:
        await state.services.requests.call_back(callback)
    except StoreError as error:
        report(error, call_id=state.call_id, action="apology")


async def _finish_speaking(session: AgentSession[Any]) -> None:
    async with asyncio.timeout(LAST_WORDS_SECONDS):
        while (speech := session.current_speech) is not None:
            await speech
            await asyncio.sleep(0)
