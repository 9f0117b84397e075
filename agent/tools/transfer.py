"""The tool that puts a caller through to a person of the tenant; what follows is agent/conversation/transfers.py."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from agent.tools.context import ToolContext
from agent.tools.tool import Arguments, Result, Tool, refusal
from shared.domain.people import choose
from shared.domain.tenant import OPENING_HOURS

_MESSAGE = "Shall I take a message, so that somebody calls you back?"
_REFUSED = {
    "unknown": f"I'm sorry, I can't put you through to them. {_MESSAGE}",
    "closed": f"I'm sorry, nobody can be reached at this hour. {_MESSAGE}",
    "ours": f"I'm sorry, I can't put you through from this line. {_MESSAGE}",
}


_Who = Field(max_length=120, description="The person or the team, as the caller says; leave out for anybody.")
_Why = Field(min_length=1, max_length=300, description="What it is about, in the caller's words: the person hears it.")


class TransferArguments(Arguments):
    who: Annotated[str | None, _Who] = None
    why: Annotated[str, _Why]


async def transfer_call(context: ToolContext[Any], arguments: TransferArguments) -> Result:
    tenant, live = context.tenant, context.live
    ours = await live.own_numbers()
    local = context.clock.now().astimezone(ZoneInfo(tenant.timezone))
    choice = choose(tenant.people, arguments.who or "", local, hours=tenant.extras.get(OPENING_HOURS), ours=ours)
    if choice.refusal is not None:
        there = ", ".join(person.name for person in tenant.people)
        raise refusal(f"Not put through ({choice.refusal}). There are: {there}.", say=_REFUSED[choice.refusal])
    live.begin_transfer(choice.people, arguments.why)
    # what the caller hears is said by the transfer itself
    return {"status": "done", "said": ""}


TRANSFER = Tool(
    "transfer_call",
    "Put the caller through to a person: says so, rings, and comes back where nobody takes the call. "
    "Ask what it is about first.",
    TransferArguments,
    transfer_call,
    needs_people=True,
)
