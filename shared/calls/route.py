"""The decision about a number, without a call (PT-10)."""

from typing import Any

from shared.domain.announcements import announcement
from shared.domain.decisions import to_json
from shared.domain.routing import Announce, Inquiry, explain
from shared.domain.telephony.numbers import caller_key, e164
from shared.errors import DirectoryError
from shared.ports import Directory


async def route_number(did_raw: str, caller_raw: str | None, *, stage: str, directory: Directory) -> dict[str, Any]:
    """`{"did", "stage", "caller", "rule", "kind", "reason", "tenant_id", "template" …}`. Nothing is taken or stored.

    `says`: the announcement to a caller who isn't admitted. `fallback`, `forward_to`: for a call that nobody answers.
    A directory that fails is a decision too: DIRECTORY_ERROR with its `cause`.
    """
    did, caller = e164(did_raw), caller_key(caller_raw)
    listing, failure = None, None
    if did is not None:
        try:
            listing = await directory.listing(did, caller)
        except DirectoryError as error:
            failure = error
    rule, decision = explain(Inquiry(stage, did, caller, listing, directory_failed=failure is not None))
    route: dict[str, Any] = {"did": did, "stage": stage, "caller": caller or None, "rule": rule, **to_json(decision)}
    if isinstance(decision, Announce):
        route["says"] = announcement(decision.reason, bool(caller), listing.language if listing else "en")
    elif listing is not None:
        route |= {"fallback": listing.fallback, "forward_to": listing.forward_to}
    if failure is not None:
        route["cause"] = failure.cause_code
    return route
