"""The livekit-server that the gateway serves, and access tokens for its rooms."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

_VALID_SECONDS = 10
"""Enough for one attempt. When a room is deleted while a participant is connecting, the client library notices after
15 s and tries again with the same token: a valid one would create the room again and dispatch its agents. A participant
that has joined gets new tokens from the server."""
_LEEWAY_SECONDS = 60
"""The server accepts a token that long after its expiry."""


@dataclass(frozen=True)
class Server:
    """Address (`ws://…`), API key and secret."""

    url: str
    key: str
    secret: str = field(repr=False)

    def token(
        self,
        *,
        room: str,
        identity: str,
        name: str = "",
        metadata: str = "",
        attributes: Mapping[str, str] | None = None,
        room_preset: str = "",
        room_config: Message | None = None,
    ) -> str:
        """An access token (JWT, HS256) for one participant of kind SIP in a room.

        `room_config` applies if the room doesn't exist yet: it is created with it, and its agents are dispatched.
        """
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.key,
            "sub": identity,
            "nbf": now - _LEEWAY_SECONDS,
            "exp": now + _VALID_SECONDS - _LEEWAY_SECONDS,
            "name": name,
            "metadata": metadata,
            "kind": "sip",
            "attributes": dict(attributes or {}),
            "video": {
                "roomJoin": True,
                "room": room,
                "canPublish": True,
                "canSubscribe": True,
                "canPublishData": True,
                "canUpdateOwnMetadata": True,
            },
        }
        if room_preset:
            claims["roomPreset"] = room_preset
        if room_config is not None:
            claims["roomConfig"] = MessageToDict(room_config)
        signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{signed}.{_base64(hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def _encoded(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
