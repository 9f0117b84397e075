"""What the carrier does with the numbers that are its customer's, as set on its portal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class Route:
    """One number."""

    did: str
    """E.164."""
    mode: Literal["call_control", "sip"]
    webhook_url: str = ""
    failover_url: str | None = None
    gateway: str = ""
    """`host:port`, in the mode `sip`."""
    forward_on_failure: str | None = None
    """E.164: where a call goes that can't be brought to the customer."""
    forward_on: Literal["any", "unreachable"] = "any"
    """In the mode `sip`: after which failures. Telnyx's own pages don't agree on it; `unreachable` is the reading by
    which whoever rang, or answered with 404, 486 or 603, was reached."""

    def forwards(self, code: int, rang: bool) -> bool:
        """Whether a call that failed so is passed on."""
        reached = rang or code in (404, 486, 603)
        return bool(self.forward_on_failure) and (self.forward_on == "any" or not reached)


def route_of(told: Mapping[str, Any]) -> Route:
    """From JSON. Raises ValueError that says what is wrong."""
    try:
        route = Route(**told)
    except TypeError as error:
        raise ValueError(f"a route must have did and mode ({error})") from error
    needed = {"call_control": route.webhook_url, "sip": route.gateway}
    if route.mode not in needed:
        raise ValueError(f"the mode of {route.did} must be call_control or sip, not {route.mode!r}")
    if not needed[route.mode]:
        raise ValueError(f"{route.did} needs {'a webhook_url' if route.mode == 'call_control' else 'a gateway'}")
    if not E164.fullmatch(route.did):
        raise ValueError(f"{route.did!r} isn't a number like +12065550100")
    return route


def e164(dialled: str) -> str:
    """A number as phones dial it."""
    digits = "".join(char for char in dialled if char.isdigit())
    if not dialled.startswith("+") and len(digits) == 10:
        digits = "1" + digits
    return f"+{digits}"
