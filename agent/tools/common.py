"""The tools that every business has: a request to be called back, looking up, ending the call, handing it on."""

from typing import Annotated, Any

from pydantic import Field

from agent.tools.context import ToolContext
from agent.tools.local_time import TIME
from agent.tools.look_up import LOOK_UP
from agent.tools.request import read_back
from agent.tools.routing import TOOL as ROUTE_TOOL
from agent.tools.tool import Arguments, Refused, Result, Tool, Writing, refusal
from agent.tools.transfer import TRANSFER
from shared.domain.conversation import Conversation
from shared.domain.language.deeds import Deed
from shared.domain.language.farewell import farewell
from shared.domain.language.yes_no import yes_or_no
from shared.domain.questions import Offer
from shared.domain.telephony.dictation import callback_number
from shared.domain.telephony.numbers import spoken
from shared.ports import Callback, Receipt

OWN_NUMBER = "this number"
"""What a model says for the number that the caller calls from."""


class CallbackArguments(Arguments):
    name: Annotated[str, Field(min_length=1, max_length=120, description="The caller's name.")]
    number: Annotated[
        str | None, Field(description="The number to call, as said; leave out to use the caller's own.")
    ] = None
    reason: Annotated[str, Field(min_length=1, max_length=1000, description="What it is about, in the caller's words.")]
    preferred_time: Annotated[str | None, Field(max_length=200, description="When they'd like to be called.")] = None


async def request_callback(context: ToolContext[Any], arguments: CallbackArguments) -> Result:
    own = arguments.number in (None, OWN_NUMBER)
    number = callback_number(context.conversation.phone_number if own else arguments.number)
    if number is None or number.e164 is None:
        raise no_number()
    extension = f", extension {' '.join(number.extension)}" if number.extension else ""
    when = f", {arguments.preferred_time}" if arguments.preferred_time else ""
    return read_back(
        context,
        "callback",
        {
            "caller_name": arguments.name,
            "callback_number": number.e164,
            "callback_extension": number.extension or None,
            "reason": arguments.reason,
            "preferred_time": arguments.preferred_time,
        },
        f"So somebody calls {arguments.name} back on {spoken(number.e164)}{extension}{when}, about this: "
        f"{arguments.reason.rstrip('.!?')}. Is that right?",
    )


def no_number() -> Refused:
    """The refusal of what isn't a telephone number that can be called."""
    return refusal(
        "That isn't a telephone number that can be called.",
        say="I'm sorry, I need the whole number. What number can we reach you at, digit by digit?",
    )


async def write_callback(context: ToolContext[Any], key: str, fields: dict[str, Any]) -> Receipt:
    callback = Callback(
        call_id=context.conversation.call_id,
        key=key,
        tenant_id=context.tenant.row_id,
        caller=context.conversation.phone_number,
        at=context.clock.now(),
        **fields,
    )
    return await context.call_back(callback)


class EndArguments(Arguments):
    pass


async def end_call(context: ToolContext[Any], _: EndArguments) -> Result:
    if context.conversation.crisis:
        raise refusal(
            "The caller may be in danger: stay on the line and do not end this call.",
            say="I'm still here with you. Take all the time you need.",
        )
    if not takes_leave(context.conversation):
        raise refusal("The caller hasn't said goodbye.", say="Is there anything else I can do for you?")
    context.live.request_end("goodbye")
    return {"status": "done", "said": context.phrases.goodbye}


def takes_leave(conversation: Conversation) -> bool:
    """Whether the caller said goodbye, or no to an offer of more help; no to another question isn't leave."""
    if farewell(conversation.last_utterance):
        return True
    offer = conversation.question
    declined = yes_or_no(conversation.last_utterance) is False
    return declined and isinstance(offer, Offer) and offer.more


TOOLS = (
    Tool(
        "request_callback",
        "Leave a message and have somebody of the staff call the caller back. Reads it back and asks for a yes itself; "
        "the caller's yes sends it, without another call. Call it again only when the caller changes something.",
        CallbackArguments,
        request_callback,
        Writing(
            write_callback,
            "Thank you, I've passed that on, and somebody will call you back. Is there anything else?",
        ),
        does=(Deed.CALL_BACK,),
    ),
    LOOK_UP,
    TRANSFER,
    TIME,
    Tool("end_call", "The caller has said goodbye: says goodbye and hangs up.", EndArguments, end_call),
    ROUTE_TOOL,
)
