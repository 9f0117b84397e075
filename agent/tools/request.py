"""Reads back what a caller asks for, writes it once on their yes, and says truthfully what became of it (PT-64, PT-66).

The model's tool call only leads to the read-back. The yes is the caller's, so code writes on it, and doesn't wait for
the model to call the tool again with the same words.
"""

from typing import Any

from agent.tools.context import LiveConversation, ToolContext
from agent.tools.effect import UNSURE
from agent.tools.read_back import Confirm, Repeated, Wait, decide
from agent.tools.tool import NotWritten, Result, Tool, Writing, failed
from shared.domain.questions import ReadBack
from shared.errors import OutcomeUnknown, StoreError
from shared.observe import report
from shared.ports import Receipt

KEPT = "I've noted that. Our system is slow just now, so it will be passed on as soon as it is back. Anything else?"
REFUSED = "I'm sorry, I couldn't pass that on. Please call the office about it. Is there anything else?"
ALREADY = "I have that already. Is there anything else?"


def read_back(context: ToolContext[Any], row_kind: str, fields: dict[str, Any], text: str) -> Result:
    """Say `text`, which repeats what would be written, and wait for the caller's yes.

    The row's idempotency key is made here, so that it is one row whichever process hears the yes.
    """
    conversation = context.conversation
    match decide(conversation, row_kind, fields):
        case Repeated(earlier):
            # a model that calls again after the yes has been answered by what the agent said of the row
            return {"status": "done", "said": "" if earlier.at_turn == conversation.caller_turns else ALREADY}
        case Wait(pending):
            return {"status": "wait", "why": f"The caller must answer about the {pending.row_kind} first.", "said": ""}
        case Confirm():
            question = ReadBack(context.new_id(), context.tool, row_kind, fields, text, conversation.caller_turns)
            context.live.replace(conversation.asking(question))
            return {"status": "confirm", "said": text}


async def carry_out(tool: Tool, context: ToolContext[Any], agreed: ReadBack) -> Result:
    """Write what the caller has said yes to; not cancelled half-way by the end of the call."""
    assert tool.writing is not None, f"{tool.name} reads something back and can't write it"
    # before anything is awaited: a second yes finds nothing pending
    context.live.replace(context.conversation.with_request(agreed))
    return await _written(context.live, agreed, tool, context)


async def finish(tool: Tool, context: ToolContext[Any], agreed: ReadBack, receipt: str | None) -> Result:
    """What became of a row that an agent was writing when it died: written again, by the key that keeps it one row.

    `receipt`: as that agent has noted it. What another's server may have done already isn't sent again.
    """
    if tool.writing is None or (receipt is None and not tool.writing.repeatable):
        return failed("Whether it was done isn't known.", UNSURE)
    if receipt is not None:
        return _said(tool.writing, Receipt(receipt), agreed)
    return await _written(context.live, agreed, tool, context)


async def _written(live: LiveConversation, agreed: ReadBack, tool: Tool, context: ToolContext[Any]) -> Result:
    assert tool.writing is not None
    call_id, effect_id = live.conversation.call_id, agreed.effect_id
    try:
        receipt = await tool.writing.write(context, effect_id, agreed.fields)
    except OutcomeUnknown as error:
        # it stays among the requests, so that no second call sends it again
        report(error, call_id=call_id, kind=agreed.row_kind)
        return failed("Whether it was done isn't known.", UNSURE)
    except StoreError as error:
        report(error, call_id=call_id, kind=agreed.row_kind)
        live.replace(live.conversation.without_request(effect_id))
        return {"status": "refused", "said": REFUSED}
    if isinstance(receipt, NotWritten):
        live.replace(live.conversation.without_request(effect_id, failed=receipt.failed))
        return {"status": "refused", "said": receipt.said}
    live.replace(live.conversation.with_receipt(effect_id, receipt.value))
    if receipt is Receipt.STORED:
        live.replace(live.conversation.did(tool.deeds(agreed.row_kind)))
    return _said(tool.writing, receipt, agreed)


def _said(writing: Writing, receipt: Receipt, agreed: ReadBack) -> Result:
    stored = writing.stored if isinstance(writing.stored, str) else writing.stored(agreed.fields)
    return {"status": receipt.value, "said": KEPT if receipt is Receipt.KEPT else stored}
