"""Signatures of webhooks, verified over the raw body before anything of it is parsed."""

import base64
import hashlib
import hmac
from datetime import datetime
from functools import lru_cache
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.errors import ConfigError, PickupError

LEEWAY_SECONDS = 60
"""Between our clock and LiveKit's; its tokens hold for five minutes."""
TELNYX_SECONDS = 300
"""How old a message of Telnyx's may be, or how far its clock may run before ours."""
_MOST_DIGITS = 12


class SignatureError(PickupError):
    """The request isn't from the sender it names, or was changed, or is too old."""

    code = "signature_invalid"


def verify_livekit(body: bytes, token: str, key: str, secret: str) -> None:
    """LiveKit's: a JWT by our own key, of five minutes, that holds the body's SHA-256. Raises `SignatureError`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, algorithms=["HS256"], issuer=key, leeway=LEEWAY_SECONDS, options={"require": ["exp", "iss"]}
        )
        signed = base64.b64decode(claims["sha256"], validate=True)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        # PyJWT parses a token's JSON before it checks the signature, however deep that is nested
        raise SignatureError(f"the token can't be used: {error or type(error).__name__}") from error
    if not hmac.compare_digest(signed, hashlib.sha256(body).digest()):
        raise SignatureError("the token is for another body")


def verify_telnyx(body: bytes, signature: str, timestamp: str, public_key: str, now: datetime) -> None:
    """Telnyx's: Ed25519, base64, over `timestamp|body`; `timestamp` in seconds since 1970. Raises `SignatureError`."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > _MOST_DIGITS:
        raise SignatureError("there is no time of the signature")
    age = now.timestamp() - int(timestamp)
    if abs(age) > TELNYX_SECONDS:
        raise SignatureError(f"it was signed {age:.0f} s ago")
    try:
        signed = base64.b64decode(signature, validate=True)
        telnyx_key(public_key).verify(signed, timestamp.encode() + b"|" + body)
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("it isn't signed by Telnyx's key, or was changed") from error


@lru_cache(maxsize=4)
def telnyx_key(public_key: str) -> Ed25519PublicKey:
    """Raises `ConfigError` for what is no key: 32 bytes in base64."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
    except ValueError as error:
        raise ConfigError("telnyx_public_key is no Ed25519 key in base64: mend TELNYX_PUBLIC_KEY") from error
