"""What a tool changes without reading it back: done once, though its speech is cut off or the call taken over (PT-66).

An interruption cancels the tools that run, and the model, which saw no result, calls them again. So such a tool runs to
its end, and its effect is noted in the conversation before it begins.
"""

import asyncio
from dataclasses import replace
from typing import Any

from agent.tools.context import ToolContext
from agent.tools.read_back import same_values
from agent.tools.tool import Arguments, Refused, Result, Tool, failed
from shared.domain.conversation import Conversation, Effect
from shared.errors import StoreError
from shared.observe import report
from shared.tasks import to_its_end

UNSURE = "I'm sorry, I can't tell whether that went through. I can have somebody call you back about it, if you like."


def repeated(conversation: Conversation, tool: str, arguments: dict[str, Any]) -> Effect | None:
    """The earlier effect that the model asks for once more.

    After another effect it is meant anew, unless it is still the same turn: a caller may reopen what was closed.
    """
    for earlier in reversed(conversation.effects):
        newest = earlier is conversation.effects[-1]
        same_turn = earlier.at_turn == conversation.caller_turns
        if earlier.tool == tool and (newest or same_turn) and same_values(earlier.arguments, arguments):
            return earlier
    return None


async def once(tool: Tool, context: ToolContext[Any], arguments: Arguments) -> Result:
    """The result of the tool's only run for these arguments. Raises what the tool raises, but then nothing was done."""
    conversation, sent = context.conversation, arguments.model_dump(mode="json", exclude_none=True)
    if earlier := repeated(conversation, tool.name, sent):
        return _again(earlier, conversation)
    effect = Effect(context.new_id(), tool.name, sent, conversation.agent_id, conversation.caller_turns)
    # before anything is awaited: a second call finds it
    context.live.replace(conversation.with_effect(effect))
    return await to_its_end("effect", _done(tool, replace(context, effect_id=effect.effect_id), arguments, effect))


def _again(earlier: Effect, conversation: Conversation) -> Result:
    if earlier.result is not None:
        # what was said in this turn already isn't said twice; of an earlier turn the caller may not have heard it
        same_turn = earlier.at_turn == conversation.caller_turns
        return earlier.result | ({"said": ""} if same_turn and "said" in earlier.result else {})
    if earlier.agent_id == conversation.agent_id:
        return {"status": "wait", "why": "It is being done.", "said": ""}
    # the process that did it is gone: it may have got to its end
    return failed("It may have been done before the line broke off.", UNSURE)


async def _done(tool: Tool, context: ToolContext[Any], arguments: Arguments, effect: Effect) -> Result:
    live = context.live
    try:
        async with asyncio.timeout(tool.seconds):
            result = await tool.run(context, arguments)
    except Refused:
        live.replace(live.conversation.without_effect(effect.effect_id))
        raise
    except Exception as error:
        if isinstance(error, StoreError) and not error.retryable:
            # the store answered, and refused
            live.replace(live.conversation.without_effect(effect.effect_id))
            raise
        report(error, action="effect", tool=tool.name, call_id=live.conversation.call_id)
        result = failed("Whether it was done isn't known.", UNSURE)
    live.replace(live.conversation.with_effect(replace(effect, result=result)))
    return result
