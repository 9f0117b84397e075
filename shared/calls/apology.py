"""A caller who can't be connected is called back: written down first, promised then."""

import asyncio

import structlog

from shared.calls.admit import Admission
from shared.domain.announcements import Promise
from shared.errors import StoreError
from shared.ports import Callback, Clock, Requests

log = structlog.get_logger(__name__)

PROMISE_SECONDS = 3.0
"""For writing a callback down; behind other writes that wait for Postgres it takes a moment only."""


async def promise_callback(admission: Admission, call_id: str, *, requests: Requests, clock: Clock) -> Promise:
    """Bounded; nothing may be promised where it could not be written down."""
    if admission.caller is None:
        return "none"
    callback = Callback(
        call_id=call_id,
        key="callback:announcement",
        # without a tenant, SQL takes the one that owns the number dialled
        tenant_id=admission.tenant.tenant_id if admission.tenant else None,
        caller=admission.caller,
        at=clock.now(),
        did=admission.did,
        callback_number=admission.caller,
        reason="The call couldn't be connected because of a technical problem.",
    )
    try:
        async with asyncio.timeout(PROMISE_SECONDS):
            await requests.call_back(callback)
    except (StoreError, TimeoutError) as error:
        log.error("callback not kept", action="promise", call_id=call_id, error=str(error) or "timeout")
        return ""
    return "callback"
