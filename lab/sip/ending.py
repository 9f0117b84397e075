"""Reasons why a SIP leg ended, read from the texts of the SIP stack."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from baresip.errors import split_status

TRANSFERRED = "Call transfered"
"""The stack's text (its spelling) for a leg that ended by a transfer."""


@dataclass(frozen=True)
class LegEnd:
    """How a leg ended."""

    by: Literal["peer", "us", "system"]
    """`system`: neither side sent BYE or CANCEL: no RTP or no answer arrived, or the stack died."""
    reason: Literal[
        "hung_up", "cancelled", "refused", "rtp_timeout", "no_answer", "unreachable", "transferred", "failed"
    ]
    sip_code: int | None
    """For a leg that wasn't established: 487 when cancelled, else the code of the refusal. None after that."""
    at: datetime
    text: str = ""
    """The stack's own text."""


def ending_of(text: str, direction: Literal["incoming", "outgoing"], established: bool, at: datetime) -> LegEnd:
    """How a leg ended that we didn't end. `text`: the stack's own."""
    if text == TRANSFERRED:
        return LegEnd("peer", "transferred", None, at, text)
    if text.startswith("rtp stream error"):
        return LegEnd("system", "rtp_timeout", None, at, text)
    timed_out = "timed out" in text.lower() or "timeout" in text.lower()
    code, _ = split_status(text)
    match established, direction:
        case True, _:
            # a BYE and a broken signalling path read the same but for the time-out
            return LegEnd("system" if timed_out else "peer", "unreachable" if timed_out else "hung_up", None, at, text)
        case False, "incoming" if timed_out:
            return LegEnd("system", "no_answer", 408, at, text)
        case False, "incoming":
            return LegEnd("peer", "cancelled", 487, at, text)
        case _ if code is not None:
            return LegEnd("peer", "refused", code, at, text)
        case _:
            return LegEnd("system", "unreachable", None, at, text)
