"""What the model is to know of the owner's day: read beside the greeting, which never waits for it (DU-57)."""

import asyncio
from typing import Any

from agent.conversation.state import CallState
from agent.tools.context import ToolContext
from agent.tools.tool import Tool
from shared.tasks import Tasks

SOURCE_SECONDS = 4.0
TOGETHER_SECONDS = 6.0


async def brief(
    state: CallState,
    node: str,
    source_seconds: float = SOURCE_SECONDS,
    together_seconds: float = TOGETHER_SECONDS,
) -> None:
    """Adds what each source of the business answers, when it answers; one that is late or fails is left out.

    A source is a tool that reads. Only those that `node` offers are asked, so that a caller's tier closes them too.
    """
    offered = state.template.tools_in(node)
    sources = state.tools(name for name in state.business.briefing if name in offered)
    async with Tasks(call_id=state.call_id) as tasks:
        for tool, context in sources:
            tasks.start(f"briefing by {tool.name}", lambda t=tool, c=context: _add(t, c, state, source_seconds))
        await tasks.wait(together_seconds)


async def _add(tool: Tool, context: ToolContext[Any], state: CallState, seconds: float) -> None:
    serving = state.serving
    try:
        async with asyncio.timeout(seconds):
            result = await tool.run(context, tool.arguments())
    except TimeoutError:
        state.journal.note("briefing_late", source=tool.name)
        return
    # another template may answer by now, which has no part in it
    if result["status"] == "done" and state.serving is serving:
        state.briefing = (*state.briefing, f"{tool.name}: {result['said']}")
