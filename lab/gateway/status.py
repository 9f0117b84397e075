"""SIP status codes as errors and disconnect reasons of LiveKit's API."""

from livekit import rtc
from livekit.protocol.sip import SIPStatus

from lab.gateway.bus import BusError
from lab.sip.leg import REASONS

_REASONS = {
    **dict.fromkeys((301, 302, 404, 410, 481, 604), "not_found"),
    **dict.fromkeys((401, 402, 403, 433, 470, 603, 607, 608), "permission_denied"),
    **dict.fromkeys((407, 428, 436, 437, 438, 494), "unauthenticated"),
    **dict.fromkeys((408, 504), "deadline_exceeded"),
    **dict.fromkeys((409, 412, 482, 483, 500, 501, 502, 503), "failed_precondition"),
    **dict.fromkeys((440, 480, 486, 600), "resource_exhausted"),
    **dict.fromkeys((487, 491), "aborted"),
}
"""psrpc's codes by SIP status. (livekit/protocol `livekit/sip.go`)"""


def reason_of(code: int) -> str:
    """psrpc's code for a SIP status."""
    if code in _REASONS:
        return _REASONS[code]
    return "failed_precondition" if 500 <= code < 600 else "permission_denied" if code >= 600 else "invalid_argument"


def refused(code: int, phrase: str = "") -> BusError:
    """The error of a refused outbound call; the API's client reads the SIP status from it."""
    phrase = phrase or REASONS.get(code, "")
    return BusError(
        reason_of(code),
        f"sip status: {code}: {phrase}",
        SIPStatus(code=code, status=phrase),  # type: ignore[arg-type]
    )


def why_left(code: int | None) -> "rtc.DisconnectReason.ValueType":
    """The disconnect reason of an unanswered call's participant; `code` None: no answer came."""
    if code in (None, 404, 408, 480):
        return rtc.DisconnectReason.USER_UNAVAILABLE
    if code == 486 or code >= 600:
        return rtc.DisconnectReason.USER_REJECTED
    return rtc.DisconnectReason.UNKNOWN_REASON
