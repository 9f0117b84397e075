"""A church's tools."""

from typing import Annotated, Any

from pydantic import Field

from agent.businesses.church.store import ChurchStore, PrayerRequest
from agent.tools.context import ToolContext
from agent.tools.request import read_back
from agent.tools.tool import Arguments, Result, Tool, Writing
from shared.domain.language.deeds import Deed
from shared.ports import Receipt


class PrayerArguments(Arguments):
    text: Annotated[
        str, Field(min_length=3, max_length=1500, description="For whom or what, in the caller's own words.")
    ]
    name: Annotated[str | None, Field(max_length=120, description="The caller's name, if they gave it.")] = None
    confidential: Annotated[bool, Field(description="True when the caller wants only the pastor to read it.")] = False


async def submit_prayer_request(context: ToolContext[ChurchStore], arguments: PrayerArguments) -> Result:
    whose = f", from {arguments.name}" if arguments.name else ""
    only = " for the pastor alone" if arguments.confidential else ""
    return read_back(
        context,
        "prayer",
        {
            "caller_name": arguments.name,
            "prayer_request_text": arguments.text,
            "confidential": arguments.confidential,
        },
        f"I have this prayer request{whose}: {arguments.text.rstrip('.!?')}. Shall I send it{only}?",
    )


async def write_prayer_request(context: ToolContext[ChurchStore], key: str, fields: dict[str, Any]) -> Receipt:
    prayer = PrayerRequest(
        call_id=context.conversation.call_id,
        key=key,
        tenant_id=context.tenant.tenant_id,
        caller=context.conversation.phone_number,
        at=context.clock.now(),
        **fields,
    )
    return await context.store.submit_prayer(prayer)


TOOLS = (
    Tool(
        "submit_prayer_request",
        "Pass a prayer request on to the prayer team. Reads it back and asks for a yes itself; the caller's yes sends "
        "it, without another call. Call it again only when the caller changes something.",
        PrayerArguments,
        submit_prayer_request,
        Writing(
            write_prayer_request,
            "Your prayer request has been sent, and we'll be praying. Is there anything else I can do?",
        ),
        does=(Deed.PRAY,),
    ),
)
