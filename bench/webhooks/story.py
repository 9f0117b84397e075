"""The carrier's webhooks of whole calls, as signed HTTP requests that are ready to send."""

import base64
import itertools
import json
import time
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.domain.telephony.legs import LegNote

SIGNING = Ed25519PrivateKey.from_private_bytes(b"only to measure how fast this is")
PUBLIC_KEY = base64.b64encode(SIGNING.public_key().public_bytes_raw()).decode()
NUMBER, CALLER = "+12065550100", "+12065550142"
NOT_ANSWERED_EVERY = 10
"""One call in this many is unanswered, and its caller announcing an announcement."""


@dataclass(frozen=True)
class WebhookEvent:
    kind: str
    """Telnyx's name of the event without `call.`, and the role of its leg."""
    request: bytes


Story = list[WebhookEvent]


def stories(count: int) -> list[Story]:
    """The webhooks of `count` calls; send them within the five minutes that a signature holds."""
    return [_not_answered() if number % NOT_ANSWERED_EVERY == 0 else _answered() for number in range(1, count + 1)]


class _Call:
    def __init__(self) -> None:
        self._session = str(uuid.uuid4())
        self._began = time.time()
        self._times = itertools.count()

    def leg(self, role: str) -> str:
        return f"v3:{self._session}-{role}"

    def event(self, name: str, note: LegNote | None, role: str = "caller", **more: Any) -> WebhookEvent:
        at = datetime.fromtimestamp(self._began + next(self._times) / 1000, UTC).isoformat().replace("+00:00", "Z")
        payload = {
            "call_control_id": self.leg(role),
            "call_leg_id": self.leg(role),
            "call_session_id": self._session,
            "connection_id": "2811212257810187875",
            "client_state": base64.b64encode(note.to_text().encode()).decode() if note else None,
            "from": CALLER,
            "to": NUMBER if role == "caller" else f"sip:{NUMBER}@sip.agents.example",
            "direction": "incoming" if role == "caller" else "outgoing",
            "start_time": at,
        }
        data = {"record_type": "event", "event_type": f"call.{name}", "id": str(uuid.uuid4()), "occurred_at": at}
        meta = {"attempt": 1, "delivered_to": "https://hooks.example/telnyx"}
        return WebhookEvent(f"{name} ({role})", _request({"data": data | {"payload": payload | more}, "meta": meta}))


def _answered() -> Story:
    call = _Call()
    caller = LegNote("caller", step="ringing", caller_leg=call.leg("caller"), fallback="voicemail")
    agent = replace(caller, role="agent", step="")
    over = {"hangup_cause": "normal_clearing", "hangup_source": "caller", "sip_hangup_cause": "200"}
    return [
        call.event("initiated", None, state="parked"),
        call.event("initiated", agent, "agent", state="bridging"),
        call.event("answered", agent, "agent"),
        call.event("answered", caller),
        call.event("bridged", agent, "agent"),
        call.event("bridged", caller),
        call.event("hangup", caller, **over),
        call.event("hangup", agent, "agent", **over),
    ]


def _not_answered() -> Story:
    call = _Call()
    caller = LegNote("caller", step="ringing", caller_leg=call.leg("caller"))
    agent = replace(caller, role="agent", step="")
    announcing = replace(caller, step="announcing", reason="timeout")
    return [
        call.event("initiated", None, state="parked"),
        call.event("initiated", agent, "agent", state="bridging"),
        call.event("hangup", agent, "agent", hangup_cause="timeout", hangup_source="callee", sip_hangup_cause="487"),
        call.event("answered", announcing),
        call.event("playback.started", announcing),
        call.event("playback.ended", announcing),
        call.event(
            "hangup", announcing, hangup_cause="normal_clearing", hangup_source="callee", sip_hangup_cause="200"
        ),
    ]


def _request(message: dict[str, Any]) -> bytes:
    body, timestamp = json.dumps(message).encode(), str(int(time.time()))
    signature = base64.b64encode(SIGNING.sign(timestamp.encode() + b"|" + body)).decode()
    head = (
        "POST /telnyx HTTP/1.1\r\nHost: hooks.example\r\nUser-Agent: telnyx-webhooks\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"telnyx-signature-ed25519: {signature}\r\ntelnyx-timestamp: {timestamp}\r\n\r\n"
    )
    return head.encode() + body
