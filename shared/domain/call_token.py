"""Signed words about a call: what it is, for whom they are meant, and until when.

As the header `X-Pickup-Call` such a token keeps a call's id on its way to the agent; another kind lets a browser tell
of consent. Each kind has a purpose that is signed with it, so that one can't be used as the other.
"""

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HEADER = "X-Pickup-Call"
ATTRIBUTE = "sip.h.x-pickup-call"
"""What LiveKit makes of the header: an attribute of the caller's participant."""
_VERSION = "1"
_PARTS = 4
_SIGNED_BYTES = 18
_LONGEST_SECONDS = 11
"""Digits of a time until the year 5138."""


@dataclass(frozen=True)
class Purpose:
    """What a token is good for, and how long."""

    word: str
    lifetime: timedelta


CALL = Purpose("call", timedelta(seconds=60))
"""From our decision to the call's arrival in its room."""


def consent_of(stage: str) -> Purpose:
    """To tell what the caller says of being recorded, during the call and on its day."""
    return Purpose(f"consent {stage}", timedelta(hours=24))


def sign(call_id: str, secret: str, now: datetime, purpose: Purpose = CALL) -> str:
    """`1.<call id>.<expiry, seconds since 1970>.<HMAC-SHA256, shortened>`: fit for a SIP header."""
    told = f"{_VERSION}.{call_id}.{int((now + purpose.lifetime).timestamp())}"
    return f"{told}.{_signature(told, secret, purpose)}"


def verified(token: str, secret: str, now: datetime, purpose: Purpose = CALL) -> str | None:
    """The call's id; None for a token that is forged, malformed, too old or meant for something else."""
    parts = token.strip().split(".")
    if len(parts) != _PARTS or parts[0] != _VERSION or not parts[2].isdecimal() or len(parts[2]) > _LONGEST_SECONDS:
        return None
    told = ".".join(parts[:3])
    if not hmac.compare_digest(parts[3].encode(), _signature(told, secret, purpose).encode()):
        return None
    if now > datetime.fromtimestamp(int(parts[2]), UTC):
        return None
    try:
        return str(uuid.UUID(parts[1]))
    except ValueError:
        return None


def _signature(told: str, secret: str, purpose: Purpose) -> str:
    digest = hmac.digest(secret.encode(), f"pickup {purpose.word} {told}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:_SIGNED_BYTES]).decode()
