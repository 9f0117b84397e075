"""The end of a conversation: waits for it, says the last words, hangs up where our side ends the call."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import structlog
from livekit.agents import AgentSession

from agent.conversation.state import CallState
from agent.conversation.timeouts import Timeouts
from agent.lines.line import Ending, Line
from shared.domain.language.farewell import only_takes_leave
from shared.domain.language.safety_lines import CRISIS_LINE
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Callback
from shared.tasks import cancelled

log = structlog.get_logger(__name__)

LAST_WORDS_SECONDS = 25.0
AFTER_GOODBYE_SECONDS = 1.0
"""So long the line stays open after the agent's goodbye."""
_UNDERSTOOD_SECONDS = 3.0
"""From the caller's last sound until their turn has surely ended."""
_LOOK_SECONDS = 0.05
_TAKEN_BACK = ("goodbye", "silence")
"""Ends for these reasons are the caller's to take back; those for abuse, a threat or the time limit aren't."""


async def until_the_end(
    line: Line, line_ended: asyncio.Task[Ending], state: CallState, session: AgentSession[Any], timeouts: Timeouts
) -> str | None:
    """Waits until the line, a tool, a timeout or a dead provider ends the call, and hangs up where the line is open.

    What the caller says over our goodbye, or within a second after it, takes the end back.
    Returns our side's reason; None when the other side ended it.
    """
    while True:
        await asyncio.wait({line_ended, state.end_requested, timeouts.failed}, return_when=asyncio.FIRST_COMPLETED)
        if line_ended.done():
            return None
        if timeouts.failed.done():
            await _apologise(state, session, timeouts.failed.result())
            reason = "provider_failed"
            break
        reason = state.end_requested.result()
        last_words = asyncio.create_task(_last_words(state, session), name="last words")
        await asyncio.wait({line_ended, last_words}, return_when=asyncio.FIRST_COMPLETED)
        if line_ended.done():
            await cancelled(last_words)
            return None
        goes_on = await last_words
        # of the goodbye to a machine only a person may do so
        person = reason == "machine" and state.conversation.suspicion.turns == 0
        if not goes_on or not (reason in _TAKEN_BACK or person):
            break
        state.take_back_end()
    if state.conversation.crisis:
        # our side never hangs up on a caller in danger: they may have said so during our goodbye
        await line_ended
    if line_ended.done():
        return None
    await line.hang_up(reason)
    if reason == "provider_failed":
        # the caller waits for nothing any more
        await _voice_lost(state, timeouts.failed.result(), line)
    return reason


async def _voice_lost(state: CallState, provider: str, line: Line) -> None:
    # a synthetic call has nobody to text
    lost, caller = state.services.voice_lost, None if line.synthetic else state.conversation.phone_number
    texted = await lost(state.call_id, caller, state.template.language, provider)
    state.journal.note("text_message", result=texted)


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
        tenant_id=state.tenant.row_id,
        caller=caller,
        at=state.services.clock.now(),
        callback_number=caller,
        reason=f"The call broke off through a technical fault ({provider}).",
    )
    try:
        await state.services.requests.call_back(callback)
    except StoreError as error:
        report(error, call_id=state.call_id, action="apology")


async def _last_words(state: CallState, session: AgentSession[Any]) -> bool:
    """Until the agent has said its last words and the caller theirs. True: theirs are more than a goodbye."""
    turns, loop = state.conversation.caller_turns, asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LAST_WORDS_SECONDS):
            await _finish_speaking(session)
            until = loop.time() + AFTER_GOODBYE_SECONDS
            while loop.time() < until:
                if state.conversation.caller_turns > turns and not only_takes_leave(state.conversation.last_utterance):
                    return True
                if session.user_state == "speaking":
                    until = loop.time() + _UNDERSTOOD_SECONDS
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        log.warning("last words took too long", action="call_bound", seconds=LAST_WORDS_SECONDS)
    return False


async def _finish_speaking(session: AgentSession[Any]) -> None:
    while (speech := session.current_speech) is not None:
        await speech
        await asyncio.sleep(0)
