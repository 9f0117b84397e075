"""Routes of the customer's numbers, as set on the carrier's portal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

UNREACHABLE_CODES = frozenset({408, 480, 503, 504})
E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class Route:
    """One number."""

    did: str
    """E.164."""
    mode: Literal["call_control", "sip"]
    webhook_url: str = ""
    failover_url: str | None = None
    first_command_timeout_secs: int | None = None
    """For mode `call_control`: a call that gets no command by then is hung up. None: it rings on."""
    gateway: str = ""
    """`host:port`; for mode `sip`."""
    forward_on_failure: str | None = None
    """E.164: where a call in mode `sip` goes if the customer can't be reached. Telnyx offers it to no voice application
    (support.telnyx.com/en/articles/1130657-call-forwarding)."""

    def forwards(self, code: int, rang: bool) -> bool:
        """Whether a call that failed with this code is forwarded. A customer who rang, or refused with another code,
        such as 404, 486 or 603, counts as reached: developers.telnyx.com/docs/voice/sip-trunking/routing/
        failover-and-retries."""
        return bool(self.forward_on_failure) and not rang and code in UNREACHABLE_CODES


def route_of(given: Mapping[str, Any]) -> Route:
    """From JSON. Raises ValueError with the reason."""
    try:
        route = Route(**given)
    except TypeError as error:
        raise ValueError(f"a route must have did and mode ({error})") from error
    needed = {"call_control": route.webhook_url, "sip": route.gateway}
    if route.mode not in needed:
        raise ValueError(f"the mode of {route.did} must be call_control or sip, not {route.mode!r}")
    if not needed[route.mode]:
        raise ValueError(f"{route.did} needs {'a webhook_url' if route.mode == 'call_control' else 'a gateway'}")
    if route.mode == "call_control" and route.forward_on_failure:
        raise ValueError(f"{route.did} can't have forward_on_failure: numbers of a voice application have none")
    if not E164.fullmatch(route.did):
        raise ValueError(f"{route.did!r} isn't a number like +12065550100")
    return route


def application_of(route: Route, webhook_seconds: float) -> dict[str, Any]:
    """The number's voice application, as Telnyx's API shows it."""
    return {
        "id": route.did,
        "record_type": "call_control_application",
        "application_name": f"of {route.did}",
        "active": True,
        "webhook_event_url": route.webhook_url,
        "webhook_event_failover_url": route.failover_url,
        "webhook_timeout_secs": round(webhook_seconds),
        "first_command_timeout": route.first_command_timeout_secs is not None,
        "first_command_timeout_secs": route.first_command_timeout_secs,
    }


def e164(dialled: str) -> str:
    """A dialled number in E.164."""
    digits = "".join(char for char in dialled if char.isdigit())
    if not dialled.startswith("+") and len(digits) == 10:
        digits = "1" + digits
    return f"+{digits}"
