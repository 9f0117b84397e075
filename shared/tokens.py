"""Signed tokens that leave our processes and come back by other hands: a carrier's, a phone's, a browser's.

One carries a call's id from the carrier to its room, one lets a browser record consent, one marks a synthetic call.
Each is a JWT (HS256) whose `aud` names its purpose and its stage, so that no token serves another purpose or stage.
They are signed with keys of the stage's own, several while one replaces another: the first signs, each verifies.
"""

import hmac
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal

import jwt
from pydantic import BaseModel, Field, ValidationError

MAX_BYTES = 480
"""Of a token. A SIP header line may be cut at 512 bytes; a longer token is neither signed nor parsed."""
_ALGORITHM = "HS256"

Purpose = Literal["call", "consent", "synthetic"]
LIFETIMES: dict[Purpose, timedelta] = {
    "call": timedelta(seconds=60),
    "consent": timedelta(hours=24),
    "synthetic": timedelta(minutes=3),
}
"""`call`: from our decision to the call's arrival in its room. `consent`: during the call and on its day. `synthetic`:
from the dialling to the first ring at our side."""


@dataclass(frozen=True)
class CallToken:
    """What a call's own token says."""

    call_id: str
    """A UUID in text."""
    synthetic: bool = False


class _Claims(BaseModel):
    """What our tokens carry beside `aud`, which PyJWT checks with the signature."""

    sub: Annotated[str, Field(min_length=1, max_length=64)]
    exp: Annotated[int, Field(strict=True)]
    jti: Annotated[str, Field(max_length=64)] = ""
    """Of a mark: names it in the log."""
    synthetic: Annotated[bool, Field(strict=True)] = False


@dataclass(frozen=True)
class StageTokens:
    """Signs and verifies the tokens of one stage. Time is an argument; there is no leeway.

    Verifying returns None for a token that is malformed, too long, forged, expired, or of another purpose or stage.
    """

    stage: str
    keys: tuple[str, ...] = field(repr=False)
    """Secrets of the stage's own, at least one. What signs is derived from them and the stage's name, so that not even
    stages with the same secret sign for each other."""

    def sign_call(self, call_id: str, now: datetime, *, synthetic: bool = False) -> str:
        """For the header of the carrier's transfer to LiveKit."""
        return self._sign("call", call_id, now, **({"synthetic": True} if synthetic else {}))

    def verify_call(self, token: str, now: datetime) -> CallToken | None:
        claims = self._verify("call", token, now)
        call_id = _uuid(claims.sub) if claims else None
        return CallToken(call_id, claims.synthetic) if claims and call_id else None

    def sign_consent(self, call_id: str, now: datetime) -> str:
        """For whoever may record consent of this call over HTTP."""
        return self._sign("consent", call_id, now)

    def verify_consent(self, token: str, now: datetime) -> str | None:
        """The id of the call whose consent may be recorded, a UUID in text."""
        claims = self._verify("consent", token, now)
        return _uuid(claims.sub) if claims else None

    def sign_synthetic(self, did: str, now: datetime, mark_id: str) -> str:
        """The mark of a synthetic call to `did` (E.164), for a header of its INVITE; `mark_id` names it in the log."""
        return self._sign("synthetic", did, now, jti=mark_id)

    def verify_synthetic(self, mark: str, did: str | None, now: datetime) -> str | None:
        """The id of a mark for a call to `did` (E.164)."""
        claims = self._verify("synthetic", mark, now)
        return claims.jti if claims and claims.jti and claims.sub == did else None

    @cached_property
    def _secrets(self) -> list[bytes]:
        purpose = f"pickup tokens of {self.stage}".encode()
        return [hmac.digest(key.encode(), purpose, "sha256") for key in self.keys]

    def _audience(self, purpose: Purpose) -> str:
        return f"pickup:{purpose}:{self.stage}"

    def _sign(self, purpose: Purpose, subject: str, now: datetime, **claims: Any) -> str:
        expiry = int((now + LIFETIMES[purpose]).timestamp())
        claims = {"aud": self._audience(purpose), "sub": subject, "exp": expiry} | claims
        return jwt.encode(claims, self._secrets[0], algorithm=_ALGORITHM)

    def _verify(self, purpose: Purpose, token: str, now: datetime) -> _Claims | None:
        if len(token) > MAX_BYTES or not token.isascii():
            return None
        signed = (_claims(token, secret, self._audience(purpose)) for secret in self._secrets)
        claims = next(filter(None, signed), None)
        return claims if claims and now.timestamp() < claims.exp else None


def _claims(token: str, secret: bytes, audience: str) -> _Claims | None:
    # expiry by the time that was passed in, not by PyJWT's clock
    options: Any = {"require": ["aud", "sub", "exp"], "strict_aud": True, "verify_exp": False}
    try:
        decoded = jwt.decode(token, secret, algorithms=[_ALGORITHM], audience=audience, options=options)
        return _Claims.model_validate(decoded)
    except (jwt.InvalidTokenError, ValidationError):
        return None


def _uuid(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None
