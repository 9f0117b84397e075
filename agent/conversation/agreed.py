"""Carries out what the caller has agreed to; what is done in the owner's name waits for the owner's PIN (DU-54)."""

import asyncio
import json
from dataclasses import replace
from typing import Any

from livekit.agents import AgentSession, llm

from agent.conversation.state import CallState
from agent.tools.execution import Fillers
from agent.tools.request import carry_out
from agent.tools.tool import Result, Tool
from shared.calls.alerting import CallAlerts
from shared.domain import pin
from shared.domain.questions import PinQuestion, ReadBack
from shared.errors import StoreError
from shared.observe import report
from shared.tasks import Tasks, to_its_end


async def carry_out_agreed(agreed: ReadBack, state: CallState, session: AgentSession[Any]) -> Result | None:
    """The tool's result; None where it isn't done, or waits for the PIN: the agent has said so."""
    ((tool, context),) = state.tools([agreed.tool])
    if tool.as_owner and (says := await _before(agreed, tool, state)):
        session.say(says)
        return None
    fillers = Fillers(state.journal, state.fixed_phrases.audio)
    async with Tasks(call_id=state.call_id) as tasks:
        tasks.start("filler", lambda: fillers.fill(tool.name, state.phrases.one_moment, session))
        # what the caller has said yes to is written, though they hang up meanwhile; its own waits are bounded
        result = await to_its_end("effect", carry_out(tool, context, agreed))
    state.journal.note("tool_done", tool=tool.name, effect_id=agreed.effect_id, **result)
    session.say(result["said"])
    return result


async def take_pin(entered: str, state: CallState, session: AgentSession[Any]) -> None:
    """Checks what the caller entered, and carries out what waits for it."""
    question = state.conversation.pin_question
    if question is None:
        return
    # before anything is awaited: further keys meet no question, and a try that breaks off counts
    waiting = state.conversation.without_question("pin")
    state.replace(replace(waiting, pin_tries=waiting.pin_tries + 1))
    right = await _is_right(entered, state)
    state.journal.note("pin_tried", right=right, tries=state.conversation.pin_tries)
    if right is False and state.conversation.pin_tries < pin.MOST_TRIES:
        _ask(question.agreed, pin.WRONG_LINE, state)
        session.say(pin.WRONG_LINE)
        return
    if right:
        state.change(pin_passed=True)
        result = await carry_out_agreed(question.agreed, state, session)
    else:
        said = pin.UNKNOWN_LINE if right is None else pin.REFUSED_LINE
        session.say(said)
        result = {"status": "refused", "said": said}
        if right is False:
            await _page(state)
    agent = session.current_agent
    context = agent.chat_ctx.copy()
    context.items.extend(carried_out(question.agreed, result, context) if result else ())
    await agent.update_chat_ctx(context, exclude_invalid_function_calls=False)


def carried_out(agreed: ReadBack, result: Result, chat_ctx: llm.ChatContext) -> list[llm.ChatItem]:
    """What code did on the caller's yes, as the model reads it: a call of the tool, and its result."""
    calls = (
        item for item in reversed(chat_ctx.items) if isinstance(item, llm.FunctionCall) and item.name == agreed.tool
    )
    call = next(calls, None)
    call_id = f"call_{agreed.effect_id}"
    arguments = call.arguments if call else json.dumps(agreed.fields, ensure_ascii=False)
    output = json.dumps(result, ensure_ascii=False)
    return [
        llm.FunctionCall(call_id=call_id, name=agreed.tool, arguments=arguments),
        llm.FunctionCallOutput(call_id=call_id, name=agreed.tool, output=output, is_error=False),
    ]


async def _before(agreed: ReadBack, tool: Tool, state: CallState) -> str | None:
    """What the agent says instead of doing it in the owner's name; None: it may be done."""
    if state.conversation.pin_passed:
        return None
    state.replace(state.conversation.without_question("read_back"))
    if state.conversation.pin_tries >= pin.MOST_TRIES:
        return pin.REFUSED_LINE
    try:
        wanted = await state.services.pins.is_set(state.tenant.tenant_id)
    except StoreError as error:
        report(error, action="pin", tool=tool.name, call_id=state.call_id)
        return pin.UNKNOWN_LINE
    if not wanted:
        return None
    _ask(agreed, pin.ENTER_LINE, state)
    return pin.ENTER_LINE


async def _page(state: CallState) -> None:
    alerts, tenant = CallAlerts(state.call_id, state.services.alerts), state.tenant
    title = f"A caller of {tenant.name} entered a wrong PIN {pin.MOST_TRIES} times"
    alerts.add(f"wrong_pin:{tenant.tenant_id}", "page", title, tenant_id=tenant.tenant_id)
    await alerts.send()


def _ask(agreed: ReadBack, text: str, state: CallState) -> None:
    state.replace(state.conversation.asking(PinQuestion(agreed, text, state.conversation.caller_turns)))


async def _is_right(entered: str, state: CallState) -> bool | None:
    """None where that can't be known."""
    pins, tenant_id = state.services.pins, state.tenant.tenant_id
    try:
        stored = await pins.begin_try(tenant_id)
        if stored is None or not await asyncio.to_thread(pin.matches, entered, stored):
            return False
        await pins.passed(tenant_id)
    except StoreError as error:
        report(error, action="pin", call_id=state.call_id)
        return None
    return True
