"""Writing down what a caller asked for: after a yes to exactly that, once, and told truthfully (PT-64, PT-66)."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from agent.conversation.state import Readback, RequestTaken
from agent.tools.tool import Result
from shared.domain.language.text import words
from shared.domain.language.yes_no import confirms
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
            caller=state.caller,
            at=state.services.clock.now(),
            **fields,
        )
        return await state.services.requests.call_back(callback)

    return store


async def confirmed(
    state: "CallState", kind: str, fields: dict[str, Any], store: Store, *, readback: str, stored: str
) -> Result:
    """Repeat what would be written and wait for the caller's yes; with it, write what was repeated by `store`.

    The words of `fields` may be spelled anew by the model, not changed. One thing waits for a yes at a time.
    """
    if earlier := next((t for t in state.taken if t.kind == kind and _same(t.fields, fields)), None):
        # a model that calls twice in one turn has been answered already
        return {"status": "done", "said": "" if earlier.at_turn == state.caller_turns else ALREADY}
    read = state.readback
    if read is not None and read.at_turn == state.caller_turns:
        return {"status": "wait", "why": f"The caller must answer about the {read.kind} first.", "said": ""}
    if read is None or read.kind != kind or not _same(read.fields, fields) or not _agreed(state, read):
        state.readback = Readback(kind, fields, readback, state.caller_turns)
        return {"status": "confirm", "said": readback}
    # both before anything is awaited: tools run side by side
    state.readback = None
    taken = RequestTaken(kind, read.fields, state.caller_turns)
    state.taken.append(taken)
    result = await submit(state, kind, read.fields, store, stored=stored)
    if result["status"] == "refused":
        state.taken.remove(taken)
    else:
        taken.receipt = Receipt(result["status"])
    return result


async def submit(state: "CallState", kind: str, fields: dict[str, Any], store: Store, *, stored: str) -> Result:
    """Write the row, one of a kind in a turn, and say what became of it: `stored` only when it is in Postgres."""
    try:
        receipt = await store(f"{kind}:turn{state.caller_turns}", fields)
    except StoreError as error:
        report(error, call_id=state.call_id, kind=kind)
        return {"status": "refused", "said": REFUSED}
    return {"status": receipt.value, "said": KEPT if receipt is Receipt.KEPT else stored}


def _agreed(state: "CallState", read: Readback) -> bool:
    """Whether the caller heard all of it, and then said yes to nothing else (PT-64).

    In the next turn or the one after: they may have asked "what?" first, and heard it again.
    """
    answered = state.answered
    return (
        1 <= state.caller_turns - read.at_turn <= 2
        and answered is not None
        and not answered.interrupted
        and words(answered.text).endswith(words(read.said))
        and confirms(state.last_utterance)
    )


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether they sound the same: case and punctuation don't count, a word more or less does."""

    def heard(fields: dict[str, Any]) -> dict[str, Any]:
        return {name: words(value) if isinstance(value, str) else value for name, value in fields.items()}

    return heard(one) == heard(other)
