"""A church's tools."""

from typing import TYPE_CHECKING, Annotated, Any

from livekit.agents import RunContext
from pydantic import Field

from agent.businesses.church.store import ChurchStore, PrayerRequest
from agent.tools.request import confirmed
from agent.tools.tool import Arguments, Result, Tool
from shared.ports import Receipt

if TYPE_CHECKING:
    from agent.conversation.state import CallState


class PrayerArguments(Arguments):
    text: Annotated[
        str, Field(min_length=3, max_length=1500, description="For whom or what, in the caller's own words.")
    ]
    name: Annotated[str | None, Field(max_length=120, description="The caller's name, if they gave it.")] = None
    confidential: Annotated[bool, Field(description="True when the caller wants only the pastor to read it.")] = False


async def submit_prayer_request(state: "CallState", arguments: PrayerArguments, _: RunContext[Any]) -> Result:
    async def store(key: str, fields: dict[str, Any]) -> Receipt:
        prayer = PrayerRequest(
            call_id=state.call_id,
            key=key,
            tenant_id=state.tenant.tenant_id,
            caller=state.conversation.phone_number,
            at=state.services.clock.now(),
            **fields,
        )
        return await ChurchStore(state.services.business_rows).submit_prayer(prayer)

    whose = f", from {arguments.name}" if arguments.name else ""
    only = " for the pastor alone" if arguments.confidential else ""
    return await confirmed(
        state,
        "submit_prayer_request",
        "prayer",
        {
            "caller_name": arguments.name,
            "prayer_request_text": arguments.text,
            "confidential": arguments.confidential,
        },
        store,
        readback=f"I have this prayer request{whose}: {arguments.text.rstrip('.!?')}. Shall I send it{only}?",
        stored="Your prayer request has been sent, and we'll be praying. Is there anything else I can do?",
    )


TOOLS = (
    Tool(
        "submit_prayer_request",
        "Pass a prayer request on to the prayer team. Reads it back and asks for a yes itself; after the caller's yes "
        "call it again with the same arguments.",
        PrayerArguments,
        submit_prayer_request,
    ),
)
