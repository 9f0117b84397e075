"""The livekit-server whose rooms phones are let into."""

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
"""For one attempt. When a room is deleted while a participant is still connecting, the client library finds out after
15 s and tries again with the same token: it would make the room anew, and its agents would be dispatched again. Whoever
is in gets new tokens from the server."""
_LEEWAY_SECONDS = 60
"""By which the server takes a token for valid after its end."""


@dataclass(frozen=True)
class Server:
    """Its address (`ws://…`) and the key that it trusts."""

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
        """Lets one participant of kind SIP into a room (JWT, HS256).

        `room_config` makes the room, and dispatches its agents, when it isn't there yet.
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
