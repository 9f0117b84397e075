"""Telnyx's hangup causes and sources, from SIP codes and ends of legs."""

from dataclasses import dataclass
from typing import Literal

from lab.sip.leg import LegEnd

Direction = Literal["incoming", "outgoing"]

_CAUSES = {
    403: "call_rejected",
    404: "not_found",
    408: "no_answer",
    410: "not_found",
    480: "no_answer",
    484: "not_found",
    486: "user_busy",
    600: "user_busy",
    603: "call_rejected",
    604: "not_found",
}
REJECTIONS = {"CALL_REJECTED": 603, "USER_BUSY": 486}
"""SIP codes by the `cause` of the command `reject`."""


@dataclass(frozen=True)
class Hangup:
    """Fields of `call.hangup`."""

    cause: str
    source: Literal["caller", "callee", "unknown"]
    sip: str
    """A SIP code, or `unspecified`."""

    @property
    def sip_code(self) -> int | None:
        return int(self.sip) if self.sip.isdigit() else None


CANCELLED = Hangup("originator_cancel", "caller", "487")
RING_LIMIT = Hangup("timeout", "unknown", "487")
NO_SUCH_NUMBER = Hangup("not_found", "unknown", "404")
UNREACHABLE = Hangup("unspecified", "unknown", "503")


def commanded(direction: Direction) -> Hangup:
    """The leg was ended by the command `hangup`."""
    return Hangup("normal_clearing", "callee" if direction == "incoming" else "caller", "200")


def rejected(cause: str) -> Hangup:
    code = REJECTIONS[cause]
    return Hangup(_CAUSES[code], "callee", str(code))


def hangup_of(end: LegEnd, direction: Direction) -> Hangup:
    """For a leg that ended without a command."""
    far_side: Literal["caller", "callee"] = "caller" if direction == "incoming" else "callee"
    match end.reason:
        case "cancelled":
            return CANCELLED
        case "refused" if end.sip_code:
            return Hangup(_CAUSES.get(end.sip_code, "unspecified"), far_side, str(end.sip_code))
        case "hung_up" | "transferred":
            return Hangup("normal_clearing", far_side, "200")
        case "no_answer":
            return Hangup("timeout", "unknown", "408")
        case "unreachable" if end.sip_code is None:
            return UNREACHABLE
        case _:
            return Hangup("unspecified", "unknown", str(end.sip_code or "unspecified"))
