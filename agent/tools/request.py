"""Writes what a caller asks for, once, after a yes to exactly that, and says truthfully what became of it (PT-66)."""

from collections.abc import Awaitable, Callable
from typing import Any

from agent.tools.context import LiveConversation, ToolContext
from agent.tools.read_back import Agreed, Confirm, Repeated, Wait, decide
from agent.tools.tool import Result
from shared.domain.conversation import ReadBack
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Receipt

KEPT = "I've noted that. Our system is slow just now, so it will be passed on as soon as it is back. Anything else?"
REFUSED = "I'm sorry, I couldn't pass that on. Please call the office about it. Is there anything else?"
ALREADY = "I have that already. Is there anything else?"

Write = Callable[[str, dict[str, Any]], Awaitable[Receipt]]
"""Writes one kind of row: its idempotency key and its fields. Raises `StoreError`."""


async def confirmed(
    context: ToolContext[Any], row_kind: str, fields: dict[str, Any], write: Write, *, readback: str, stored: str
) -> Result:
    """Read back what would be written and wait for the caller's yes; with it, `write` what was read back.

    `stored` is what the agent says once the row is in Postgres.

    The row's idempotency key is made with the read-back, so that it is one row whichever process hears the yes.
    """
    conversation = context.conversation
    match decide(conversation, row_kind, fields):
        case Repeated(earlier):
            # a model that calls twice in one turn has been answered already
            return {"status": "done", "said": "" if earlier.at_turn == conversation.caller_turns else ALREADY}
        case Wait(pending):
            return {"status": "wait", "why": f"The caller must answer about the {pending.row_kind} first.", "said": ""}
        case Confirm():
            turn = conversation.caller_turns
            context.live.change(
                question=ReadBack(context.new_id(), context.tool, row_kind, fields, readback, turn),
            )
            return {"status": "confirm", "said": readback}
        case Agreed(read):
            # before anything is awaited: tools run side by side
            context.live.replace(conversation.with_request(read))
            return await _written(context.live, read, write, stored)


async def _written(live: LiveConversation, agreed: ReadBack, write: Write, stored: str) -> Result:
    call_id, effect_id = live.conversation.call_id, agreed.effect_id
    try:
        receipt = await write(effect_id, agreed.fields)
    except StoreError as error:
        report(error, call_id=call_id, kind=agreed.row_kind)
        live.replace(live.conversation.without_request(effect_id))
        return {"status": "refused", "said": REFUSED}
    live.replace(live.conversation.with_receipt(effect_id, receipt.value))
    return {"status": receipt.value, "said": KEPT if receipt is Receipt.KEPT else stored}
