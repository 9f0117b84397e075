"""A caller who can't be connected is called back: written down first, promised then."""

import asyncio

import structlog

from shared.calls.admit import Admission
from shared.domain.announcements import Promise
from shared.errors import StoreError
from shared.ports import Clock, Request, Requests

log = structlog.get_logger(__name__)

PROMISE_SECONDS = 3.0
"""For writing a callback down; behind other writes that wait for Postgres it takes a moment only."""


async def promise_callback(
    admission: Admission, call_id: str, *, requests: Requests, clock: Clock, stage: str, release: str
) -> Promise:
    """Bounded; nothing may be promised where it could not be written down."""
    if admission.caller is None:
        return "none"
    callback = Request(
        call_id=call_id,
        key="callback:announcement",
        kind="callback",
        # where nobody could tell the tenant, the number dialled will
        tenant_id=admission.tenant.tenant_id if admission.tenant else None,
        stage=stage,
        release=release,
        caller=admission.caller,
        at=clock.now(),
        fields={
            "did": admission.did,
            "callback_number": admission.caller,
            "reason": "The call couldn't be connected because of a technical problem.",
        },
    )
    try:
        async with asyncio.timeout(PROMISE_SECONDS):
            await requests.submit(callback)
    except (StoreError, TimeoutError) as error:
        log.error("callback not kept", action="promise", call_id=call_id, error=str(error) or "timeout")
        return ""
    return "callback"
