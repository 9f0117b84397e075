"""`route_to_agent`: an orchestrator's model hands the call to another template."""

from typing import Annotated, Any

from pydantic import Field

from agent.tools.context import ToolContext
from agent.tools.tool import Arguments, Result, Tool, refusal
from shared.domain.template import ROUTE
from shared.errors import InputError

_NOT_POSSIBLE = "I can't pass you on to that just now. How else can I help you?"


class RouteArguments(Arguments):
    template: Annotated[str, Field(max_length=40, description="The agent's id, one of those that are listed.")]
    wish: Annotated[
        str | None, Field(max_length=300, description="In a few words, what the caller wants: the agent reads it.")
    ] = None


async def route_to_agent(context: ToolContext[Any], arguments: RouteArguments) -> Result:
    try:
        name = context.live.route_to(arguments.template)
    except InputError as error:
        raise refusal(f"Nobody was passed on: {error}.", say=_NOT_POSSIBLE) from error
    return passed_on(name, arguments.wish or context.conversation.last_utterance)


def passed_on(name: str, wish: str) -> Result:
    """What the next agent's model reads of the handoff. The agent that is left says nothing more."""
    hint = "You answer the caller from now on. Go on with what they want: they needn't say it again."
    return {"status": "done", "said": "", "agent": name, "caller_wants": wish, "hint": hint}


TOOL = Tool(
    ROUTE,
    "Passes the caller on to one of the listed agents, which answers from then on. Call it as soon as you know which "
    "of them can do what the caller wants; say nothing before it.",
    RouteArguments,
    route_to_agent,
    hands_over=True,
)
