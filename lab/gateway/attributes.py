"""Turns a phone's SIP headers into attributes of its participant."""

import re
from collections.abc import Iterable, Mapping

from lab.gateway.messages import Headers

CALL_TAG, FULL_CALL_ID = "sip.callTag", "sip.callIDFull"
HEADER_PREFIX = "sip.h."

_TAG = re.compile(r";\s*tag\s*=\s*([^;\s]+)", re.IGNORECASE)
_HOST = re.compile(r"sips?:(?:[^@>;]*@)?(\[[^\]]*\]|[^:;>\s]+)")

KNOWN = {
    "x-call_session_id": "sip.telnyx.callSessionID",
    "x-call_leg_id": "sip.telnyx.callLegID",
    "x-twilio-accountsid": "sip.twilio.accountSid",
    "x-twilio-callsid": "sip.twilio.callSid",
}
"""Carriers' headers that the service maps without a setting, in lower case."""


def host_of(header: str) -> str:
    """The host, without port, of the URI in a From or To header; empty if there is none."""
    found = _HOST.search(header)
    return found[1] if found else ""


def tag_of(header: str) -> str:
    """The tag of a From or To header; empty if there is none."""
    found = _TAG.search(header.rpartition(">")[2])
    return found[1] if found else ""


def header_attributes(
    headers: Iterable[tuple[str, str]], mapped: Mapping[str, str], include: int = Headers.NONE
) -> dict[str, str]:
    """Attributes for `headers`. `mapped`: header name → attribute; `include`: which others become `sip.h.<name>`."""
    lower = {name.lower(): value for name, value in headers}
    attributes: dict[str, str] = {}
    if include != Headers.NONE:
        attributes |= {
            HEADER_PREFIX + name: value
            for name, value in lower.items()
            if include == Headers.ALL or name.startswith("x-")
        }
    attributes |= {attribute: lower[name] for name, attribute in KNOWN.items() if name in lower}
    attributes |= {attribute: lower[name.lower()] for name, attribute in mapped.items() if name.lower() in lower}
    return attributes
