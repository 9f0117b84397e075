"""What a tool is: a name, arguments that are checked, and an effect that is guarded and happens once."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from livekit.agents import RunContext, ToolError, function_tool
from livekit.agents.llm import RawFunctionTool
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.state import Readback
from shared.domain.answers import yes_or_no

if TYPE_CHECKING:
    from agent.state import CallState


class Arguments(BaseModel):
    """Arguments as a model may send them: trimmed, bounded, nothing that wasn't asked for."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, str_max_length=2000, frozen=True)


Result = dict[str, Any]
"""`status` (`confirm`, `stored`, `kept`, `refused`, `done`) and `said`: what the tool itself says to the caller."""


@dataclass(frozen=True)
class Tool:
    name: str
    description: str
    arguments: type[Arguments]
    run: "Callable[[CallState, Any, RunContext[Any]], Awaitable[Result]]"


def offered(tool: Tool, state: "CallState") -> RawFunctionTool:
    """The tool as the model of this call sees it. What it returns under `said` is spoken here, word for word.

    So the model can neither skip a read-back nor claim a success of its own; its own reply is suppressed by
    `conversation.silence_spoken_tools`.
    """

    async def call(raw_arguments: dict[str, object], ctx: RunContext[Any]) -> str:
        try:
            arguments = tool.arguments.model_validate(raw_arguments)
        except ValidationError as error:
            complaints = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            state.journal.note("tool_refused", tool=tool.name, why=complaints)
            raise refusal(
                f"{tool.name} was not done: {complaints}. Ask the caller for what is missing.",
                say="I'm sorry, I didn't get all of that. Could you tell me again?",
            ) from error
        state.journal.note("tool_called", tool=tool.name, arguments=arguments.model_dump(exclude_none=True))
        result = await tool.run(state, arguments, ctx)
        state.journal.note("tool_done", tool=tool.name, **result)
        if said := result.get("said"):
            ctx.session.say(said)
        return json.dumps(result, ensure_ascii=False)

    schema = tool.arguments.model_json_schema()
    schema.pop("title", None)
    return function_tool(call, raw_schema={"name": tool.name, "description": tool.description, "parameters": schema})


def refusal(why: str, say: str) -> ToolError:
    """An error that the model may mend: told why, and what the caller may hear meanwhile."""
    return ToolError(json.dumps({"status": "refused", "why": why, "say": say}))


def has_spoken(output: str) -> bool:
    """Whether a tool's output tells that the tool has spoken to the caller itself."""
    return output.startswith("{") and bool(json.loads(output).get("said"))


def agreed(state: "CallState", tool: str, arguments: Arguments) -> bool:
    """Whether the caller said yes to exactly these arguments, after hearing them (PT-64).

    A yes counts in the caller's next turn or the one after (they may have asked "what?" first).
    """
    read = state.readbacks.get(tool)
    if read is None or read.arguments != arguments.model_dump():
        return False
    turns_since = state.caller_turns - read.at_turn
    return 1 <= turns_since <= 2 and yes_or_no(state.last_utterance) is True


def read_back(state: "CallState", tool: str, arguments: Arguments, say: str) -> Result:
    """Repeat what was understood and wait for a yes; nothing is written before it."""
    state.readbacks[tool] = Readback(arguments.model_dump(), state.caller_turns)
    return {"status": "confirm", "said": say}
