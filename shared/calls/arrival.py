"""What the signed headers of a call say: which call it is, and whether it is a synthetic one."""

from collections.abc import Mapping
from datetime import datetime

import structlog

from shared.domain.telephony.numbers import e164
from shared.domain.telephony.rooms import CALL_HEADER, SYNTHETIC_HEADER, attribute_of, call_id_of
from shared.tokens import CallToken, StageTokens

log = structlog.get_logger(__name__)


def call_id_in(room: str, attributes: Mapping[str, str], tokens: StageTokens, at: datetime) -> str:
    """The id of the call in this room: the carrier's signed header names it, else it is the room's own."""
    carried = _carried(attributes, tokens, at)
    return carried.call_id if carried else call_id_of(room)


def arrival_of(room: str, attributes: Mapping[str, str], tokens: StageTokens, at: datetime) -> CallToken:
    """The call in this room. One that came past the carrier is synthetic if its own header marks it so.

    `attributes`: of the caller's participant. `at`: when the caller joined, so that an agent that takes over minutes
    later still reads the same.
    """
    if carried := _carried(attributes, tokens, at):
        return carried
    call_id, mark = call_id_of(room), attributes.get(attribute_of(SYNTHETIC_HEADER), "")
    return CallToken(call_id, is_synthetic(mark, attributes.get("sip.trunkPhoneNumber"), call_id, tokens, at))


def is_synthetic(mark: str, did_raw: str | None, call_id: str, tokens: StageTokens, at: datetime) -> bool:
    """Whether `mark` is signed for a call to this number at this time; another one is ignored (DU-64)."""
    if not mark:
        return False
    mark_id = tokens.verify_synthetic(mark, e164(did_raw), at)
    if mark_id is None:
        log.info("synthetic mark ignored", action="synthetic", call_id=call_id, characters=len(mark))
        return False
    log.info("call marked as synthetic", action="synthetic", call_id=call_id, mark_id=mark_id)
    return True


def _carried(attributes: Mapping[str, str], tokens: StageTokens, at: datetime) -> CallToken | None:
    return tokens.verify_call(attributes.get(attribute_of(CALL_HEADER), ""), at)
