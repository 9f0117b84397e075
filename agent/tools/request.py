"""Writes what a caller asks for, once, after a yes to exactly that, and says truthfully what became of it (PT-66)."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from agent.tools.read_back import Confirm, Repeated, Wait, Write, decide
from agent.tools.tool import Result
from shared.domain.conversation import ReadBack
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Callback, Receipt

if TYPE_CHECKING:
    from agent.conversation.state import CallState

KEPT = "I've noted that. Our system is slow just now, so it will be passed on as soon as it is back. Anything else?"
REFUSED = "I'm sorry, I couldn't pass that on. Please call the office about it. Is there anything else?"
ALREADY = "I have that already. Is there anything else?"

Store = Callable[[str, dict[str, Any]], Awaitable[Receipt]]
"""Writes a row of its kind: an idempotency key and the row's fields. Raises `StoreError`."""


def callback_store(state: "CallState") -> Store:
    """Writes a request of this call's caller to be called back; its fields are those of `Callback`."""

    async def store(key: str, fields: dict[str, Any]) -> Receipt:
        callback = Callback(
            call_id=state.call_id,
            key=key,
            tenant_id=state.tenant.tenant_id,
            caller=state.conversation.phone_number,
            at=state.services.clock.now(),
            **fields,
        )
        return await state.services.requests.call_back(callback)

    return store


async def confirmed(
    state: "CallState", tool: str, row_kind: str, fields: dict[str, Any], store: Store, *, readback: str, stored: str
) -> Result:
    """Read back what would be written and wait for the caller's yes; with it, write what was read back by `store`.

    The row's idempotency key is made with the read-back, so that it is one row whichever process hears the yes.
    """
    conversation = state.conversation
    match decide(conversation, row_kind, fields):
        case Repeated(earlier):
            # a model that calls twice in one turn has been answered already
            return {"status": "done", "said": "" if earlier.at_turn == conversation.caller_turns else ALREADY}
        case Wait(pending):
            return {"status": "wait", "why": f"The caller must answer about the {pending.row_kind} first.", "said": ""}
        case Confirm():
            turn = conversation.caller_turns
            state.change(question=ReadBack(state.new_id(), tool, row_kind, fields, readback, turn))
            return {"status": "confirm", "said": readback}
        case Write(read):
            # before anything is awaited: tools run side by side
            state.replace(conversation.with_request(read))
            return await _write(state, read, store, stored)


async def _write(state: "CallState", confirmed: ReadBack, store: Store, stored: str) -> Result:
    result = await submit(state, confirmed.effect_id, confirmed.row_kind, confirmed.fields, store, stored=stored)
    if result["status"] == "refused":
        state.replace(state.conversation.without_request(confirmed.effect_id))
    else:
        state.replace(state.conversation.with_receipt(confirmed.effect_id, result["status"]))
    return result


async def submit(
    state: "CallState", effect_id: str, row_kind: str, fields: dict[str, Any], store: Store, *, stored: str
) -> Result:
    """Write the row, and say what became of it: `stored` only when it is in Postgres."""
    try:
        receipt = await store(effect_id, fields)
    except StoreError as error:
        report(error, call_id=state.call_id, kind=row_kind)
        return {"status": "refused", "said": REFUSED}
    return {"status": receipt.value, "said": KEPT if receipt is Receipt.KEPT else stored}
