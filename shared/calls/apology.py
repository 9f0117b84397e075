"""A caller who can't be connected is promised a callback, once the callback is written down."""

import structlog

from shared.calls.admit import Admission
from shared.domain.announcements import Promise
from shared.errors import StoreError
from shared.ports import Callback, Clock, Requests

log = structlog.get_logger(__name__)


async def promise_callback(admission: Admission, call_id: str, *, requests: Requests, clock: Clock) -> Promise:
    """Never raises. `none`: there is no number to call back; empty: it could not be written down."""
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
        await requests.call_back(callback)
    except StoreError as error:
        log.error("callback not written", action="promise", call_id=call_id, error=str(error))
        return ""
    return "callback"
