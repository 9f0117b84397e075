"""How a leg ends, and how the stack words it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from baresip.errors import split_status

TRANSFERRED = "Call transfered"
"""The stack's words (its spelling) for the end that a transfer was asked for."""


@dataclass(frozen=True)
class LegEnd:
    """How a leg ended."""

    by: Literal["peer", "us", "system"]
    """system: nobody said goodbye: no sound or no answer came, or the stack died."""
    reason: Literal[
        "hung_up", "cancelled", "refused", "rtp_timeout", "no_answer", "unreachable", "transferred", "failed"
    ]
    sip_code: int | None
    """Of a call that wasn't established: 487 when cancelled, else as it was refused; None afterwards."""
    at: datetime
    text: str = ""
    """As the stack worded it."""


def ending_of(text: str, direction: Literal["incoming", "outgoing"], established: bool, at: datetime) -> LegEnd:
    """The end of a leg that we didn't ask for. `text`: as the stack words it."""
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
