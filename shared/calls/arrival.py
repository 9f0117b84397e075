"""What the headers of a call's INVITE say, once verified: which call it is, and whether it may be here at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from shared.domain.telephony.numbers import e164
from shared.domain.telephony.rooms import CALL_HEADER, SYNTHETIC_HEADER, attribute_of, call_id_of
from shared.tokens import CallToken, StageTokens

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Arrival:
    """A caller who came into a room."""

    call_id: str
    synthetic: bool
    unsigned: bool
    """Whether it lacks the carrier's signed header in a stage that takes no calls without."""


@dataclass(frozen=True)
class Arrivals:
    """Reads the arrivals of one stage.

    `attributes` are those of the caller's participant. `at` is when the caller joined, so that an agent that takes over
    minutes later still reads the same.
    """

    tokens: StageTokens
    direct: bool
    """Whether the stage takes calls that didn't come by the carrier's call control."""

    def call_id(self, room: str, attributes: Mapping[str, str], at: datetime) -> str:
        """The id of the call in this room: the carrier's signed header names it, else it is the room's own."""
        carried = self._carried(attributes, at)
        return carried.call_id if carried else call_id_of(room)

    def of(self, room: str, attributes: Mapping[str, str], at: datetime) -> Arrival:
        """The call in this room. One that came past the carrier is synthetic if its own header marks it so."""
        if carried := self._carried(attributes, at):
            return Arrival(carried.call_id, carried.synthetic, unsigned=False)
        call_id = call_id_of(room)
        if not self.direct:
            # the mark of a synthetic call admits nobody: it isn't the carrier's
            header = "invalid" if attribute_of(CALL_HEADER) in attributes else "missing"
            log.warning("call without a valid signature", action="arrive", call_id=call_id, header=header)
            return Arrival(call_id, synthetic=False, unsigned=True)
        mark = attributes.get(attribute_of(SYNTHETIC_HEADER), "")
        synthetic = is_synthetic(mark, attributes.get("sip.trunkPhoneNumber"), call_id, self.tokens, at)
        return Arrival(call_id, synthetic, unsigned=False)

    def _carried(self, attributes: Mapping[str, str], at: datetime) -> CallToken | None:
        return self.tokens.verify_call(attributes.get(attribute_of(CALL_HEADER), ""), at)


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
