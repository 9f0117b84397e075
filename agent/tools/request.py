"""Writing down what a caller asked for: after a yes to exactly that, once, and told truthfully (PT-64, PT-66)."""

from typing import TYPE_CHECKING, Any

from agent.conversation.state import Readback, RequestTaken
from agent.tools.tool import Result
from shared.domain.language.text import words
from shared.domain.language.yes_no import confirms
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Receipt, Request

if TYPE_CHECKING:
    from agent.conversation.state import CallState

KEPT = "I've noted that. Our system is slow just now, so it will be passed on as soon as it is back. Anything else?"
REFUSED = "I'm sorry, I couldn't pass that on. Please call the office about it. Is there anything else?"
ALREADY = "I have that already. Is there anything else?"


async def confirmed(state: "CallState", kind: str, fields: dict[str, Any], *, readback: str, stored: str) -> Result:
    """Repeat what would be written and wait for the caller's yes; with it, write what was repeated.

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
    result = await submit(state, kind, read.fields, stored=stored)
    if result["status"] == "refused":
        state.taken.remove(taken)
    else:
        taken.receipt = Receipt(result["status"])
    return result


async def submit(state: "CallState", kind: str, fields: dict[str, Any], *, stored: str) -> Result:
    """Write the row, one of a kind in a turn, and say what became of it: `stored` only when it is in Postgres."""
    request = Request(
        call_id=state.call_id,
        key=f"{kind}:turn{state.caller_turns}",
        kind=kind,
        tenant_id=state.tenant.tenant_id,
        stage=state.services.settings.stage,
        release=state.services.settings.release,
        caller=state.caller,
        at=state.services.clock.now(),
        fields=fields,
    )
    try:
        receipt = await state.services.requests.submit(request)
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
