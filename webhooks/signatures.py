"""Who sent it: signatures over the raw body, checked before anything of it is read."""

import base64
import binascii
import hashlib
import hmac
from typing import Any

import jwt

from shared.errors import PickupError

LEEWAY_SECONDS = 60
"""Between our clock and LiveKit's; its tokens hold for five minutes."""


class SignatureError(PickupError):
    """It isn't from whom it says, or was changed, or is too old."""

    code = "signature_invalid"


def verify_livekit(body: bytes, token: str, key: str, secret: str) -> None:
    """LiveKit's: a JWT by our own key, of five minutes, that holds the body's SHA-256. Raises `SignatureError`."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, algorithms=["HS256"], issuer=key, leeway=LEEWAY_SECONDS, options={"require": ["exp", "iss"]}
        )
        told = base64.b64decode(claims["sha256"], validate=True)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise SignatureError(f"the token can't be used: {error or type(error).__name__}") from error
    if not hmac.compare_digest(told, hashlib.sha256(body).digest()):
        raise SignatureError("the token is for another body")
