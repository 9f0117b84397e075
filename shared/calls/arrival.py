"""Which call a caller in a LiveKit room belongs to."""

from collections.abc import Mapping
from datetime import datetime

from shared.domain.telephony.rooms import CALL_HEADER, attribute_of, call_id_of
from shared.tokens import CallToken, StageTokens


def arrival_of(room: str, attributes: Mapping[str, str], tokens: StageTokens, at: datetime) -> CallToken:
    """The call that the carrier's signed header names; without a valid header, the room's own call.

    `attributes`: of the caller's participant. `at`: when the caller joined, so that an agent that takes over minutes
    later still reads the same id.
    """
    presented = attributes.get(attribute_of(CALL_HEADER), "")
    return tokens.verify_call(presented, at) or CallToken(call_id_of(room))
