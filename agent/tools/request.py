"""Writing down what a caller asked for: once per call and turn, and told truthfully (PT-66)."""

from typing import TYPE_CHECKING, Any

from agent.tools.tool import Result
from shared.errors import StoreError
from shared.observe import report
from shared.ports import Receipt, Request

if TYPE_CHECKING:
    from agent.state import CallState

KEPT = "I've noted that. Our system is slow just now, so it will be passed on as soon as it is back. Anything else?"
REFUSED = "I'm sorry, I couldn't pass that on. Please call the office about it. Is there anything else?"


async def submit(state: "CallState", kind: str, fields: dict[str, Any], *, stored: str) -> Result:
    """Write the row and say what became of it: `stored` only when it is in Postgres."""
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
    state.readbacks.clear()
    state.requests_taken += 1
    if receipt is Receipt.KEPT:
        return {"status": "kept", "said": KEPT}
    state.stored = True
    return {"status": "stored", "said": stored}
