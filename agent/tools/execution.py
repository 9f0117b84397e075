"""Runs a tool on the model's call: fills a wait, bounds its time, and ends each failure in a sentence."""

import asyncio
import json
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession, RunContext, StopResponse, ToolError, function_tool
from livekit.agents.llm import RawFunctionTool
from livekit.agents.voice import SpeechHandle

from agent.record.journal import Journal
from agent.tools.context import ToolContext
from agent.tools.effect import once
from agent.tools.tool import Arguments, Refused, Result, Tool, checked, failed
from shared.observe import report
from shared.tasks import Tasks

FILLER_SECONDS = 1.0
"""A tool that takes longer is filled with `phrases.one_moment`."""
FAILED = "I'm sorry, that isn't working just now. I can have somebody call you back, if you like."


@dataclass
class Fillers:
    """What callers hear while tools run: once a call of a tool, and once for tools that run at the same time."""

    journal: Journal
    audio: Callable[[str], AsyncIterable[rtc.AudioFrame]]
    """Of a fixed phrase."""
    newest: SpeechHandle | None = None

    async def fill(self, tool: str, phrase: str, session: AgentSession[Any]) -> None:
        await asyncio.sleep(FILLER_SECONDS)
        if self.newest is None or self.newest.done():
            self.newest = session.say(phrase, audio=self.audio(phrase))
            self.journal.note("tool_filled", tool=tool, said=phrase)


def is_filler(said: str, phrase: str) -> bool:
    """Whether it is the filler, whole or cut off by the caller."""
    return bool(said.strip()) and phrase.startswith(said.strip())


HandOver = Callable[[RunContext[Any], str, dict[str, Any], str], Any]
"""Gives the agent that answers after this tool with these arguments, and that says the tool's words: one that is being
left takes no turn, so the caller's words over its last speech would be lost. Raises `Refused` where none can answer.
"""


def offered(
    tool: Tool, context: ToolContext[Any], fillers: Fillers, hand_over: HandOver | None = None
) -> RawFunctionTool:
    """The tool as the model of this call sees it. What it returns under `said` is spoken here, word for word.

    A tool that leaves the call where it is stands in the call's traversal; one that hands over is the reason of the
    next node's entry there (OT-18).

    So the model can neither skip a read-back nor claim a success of its own; its own reply is suppressed by
    `node.silence_spoken_tools`.
    """
    journal = fillers.journal

    async def call(raw_arguments: dict[str, object], ctx: RunContext[Any]) -> Any:
        try:
            arguments = checked(tool, raw_arguments, context.conversation)
            plain = arguments.model_dump(mode="json", exclude_none=True)
            journal.note("tool_called", tool=tool.name, arguments=plain)
            async with Tasks(call_id=journal.call_id) as tasks:
                tasks.start("filler", lambda: fillers.fill(tool.name, context.phrases.one_moment, ctx.session))
                result = await _result(tool, context, arguments)
            if done := tool.deeds_of(result):
                context.live.replace(context.conversation.did(done))
            next_agent = None
            if tool.hands_over and hand_over is not None and result["status"] == "done":
                next_agent = hand_over(ctx, tool.name, plain, result.get("said") or "")
        except Refused as error:
            journal.note("tool_refused", tool=tool.name, why=error.why)
            raise
        journal.note("tool_done", tool=tool.name, **result)
        said, output = result.get("said"), json.dumps(result, ensure_ascii=False)
        if next_agent is not None:
            return next_agent, output
        context.live.replace(context.conversation.used(tool.name, plain, context.clock.now()))
        if said:
            ctx.session.say(said)
        return output

    schema = tool.arguments.model_json_schema()
    schema.pop("title", None)
    return for_the_model(call, {"name": tool.name, "description": tool.description, "parameters": schema})


def for_the_model(
    call: Callable[[dict[str, object], RunContext[Any]], Awaitable[Any]], schema: dict[str, Any]
) -> RawFunctionTool:
    """The framework's tool. Of a `refusal` the model reads why."""

    async def called(raw_arguments: dict[str, object], ctx: RunContext[Any]) -> Any:
        try:
            return await call(raw_arguments, ctx)
        except Refused as error:
            raise ToolError(json.dumps({"status": "refused", "why": error.why, "say": error.say})) from error

    return function_tool(called, raw_schema=schema)


async def _result(tool: Tool, context: ToolContext[Any], arguments: Arguments) -> Result:
    """What the tool returns; `failed` where it raises or takes too long, so that the caller hears a sentence."""
    try:
        if tool.once:
            return await once(tool, context, arguments)
        async with asyncio.timeout(tool.seconds):
            return await tool.run(context, arguments)
    except (Refused, StopResponse):
        raise
    except TimeoutError:
        return failed(f"{tool.name} took longer than {tool.seconds:g} s.", FAILED)
    except Exception as error:
        # the boundary of a tool: whatever broke, the caller isn't left in silence
        report(error, action="tool", tool=tool.name, call_id=context.conversation.call_id)
        return failed(f"{tool.name} broke.", FAILED)
