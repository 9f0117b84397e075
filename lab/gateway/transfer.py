"""Transfers (TransferSIPParticipant): the API's request becomes a REFER to the phone."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from google.protobuf.empty_pb2 import Empty
from livekit.protocol.sip import SIPStatus

from lab.gateway import messages
from lab.gateway.bus import Bus, BusError
from lab.gateway.status import reason_of
from lab.sip.stack import Leg, SipError

log = logging.getLogger(__name__)

TRANSFER_SECONDS = 30.0


@asynccontextmanager
async def transferable(call_id: str, leg: Leg, bus: Bus) -> AsyncIterator[None]:
    """Answers `TransferSIPParticipant` for this call while the block runs."""

    async def transfer(request: Any) -> Empty:
        if not leg.established.is_set():
            raise BusError("failed_precondition", "can't transfer non established call")
        within = request.ringing_timeout.ToTimedelta().total_seconds() or TRANSFER_SECONDS
        try:
            await leg.refer(request.transfer_to, within)
        except SipError as error:
            # a phone that hangs up before it reports an outcome counts as transferred
            if leg.ending is None:
                raise _failure(error) from error
        return Empty()

    try:
        await bus.serve("SIPInternal", "TransferSIPParticipant", messages.TransferRequest, transfer, call_id)
    except BusError as error:
        log.warning("%s can't be transferred: %s", call_id, error)
    try:
        yield
    finally:
        await bus.withdraw("SIPInternal", "TransferSIPParticipant", call_id)


def _failure(error: SipError) -> BusError:
    if error.sip_code is None:
        return BusError("canceled", f"call transfer failed: {error}")
    return BusError(reason_of(error.sip_code), str(error), SIPStatus(code=error.sip_code))  # type: ignore[arg-type]
