"""Configures the lab's telephone company for `pickup up`: it routes every stage's numbers to that stage's webhooks."""

import base64
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lab.stack.child import Child
from lab.stack.ports import free_port

WEBHOOK_SECONDS, FIRST_COMMAND_SECONDS = 5, 12
"""How long an address has for its answer, and after how long a call without a command is hung up: docs/deploy.md asks
for the same at Telnyx."""


class CarrierDesk:
    """Addresses and keys of the carrier, chosen once, so that a restart changes none of them."""

    def __init__(self, listen: str, sip_service: str, *, direct: bool) -> None:
        self.sip = f"{listen}:{free_port(listen)}"
        """The `host:port` that phones call."""
        self._http = f"127.0.0.1:{free_port()}"
        self._sip_service = sip_service
        self._direct = direct
        self._api_key = secrets.token_urlsafe(24)
        self._sip_password = secrets.token_urlsafe(24)
        self._seed = secrets.token_bytes(32)

    @property
    def url(self) -> str:
        """The address of its control (`lab.carrier.control.CarrierControl`)."""
        return f"http://{self._http}"

    def settings(self, public_url: str) -> dict[str, Any]:
        """The settings of a stage that is its customer."""
        key = Ed25519PrivateKey.from_private_bytes(self._seed).public_key().public_bytes_raw()
        # a phone that dials the trunk itself has no login
        user, password = (None, None) if self._direct else ("carrier", self._sip_password)
        return {
            "direct_calls": self._direct,
            "sip_user": user,
            "sip_password": password,
            "telnyx_api_key": self._api_key,
            "telnyx_public_key": base64.b64encode(key).decode(),
            "telnyx_base_url": f"{self.url}/v2",
            "sip_host": self._sip_service,
            "public_url": public_url,
        }

    def child(self, logs: Path, webhooks: Mapping[str, tuple[str, str]], speech_url: str) -> Child:
        """`webhooks`: the two URLs of its stage by number, the second for failover."""
        routes = [
            {
                "did": did,
                "mode": "call_control",
                "webhook_url": f"{first}/telnyx",
                "failover_url": f"{second}/telnyx",
                "first_command_timeout_secs": FIRST_COMMAND_SECONDS,
            }
            for did, (first, second) in webhooks.items()
        ]
        return Child(
            "carrier",
            [sys.executable, "-m", "lab.carrier", "--sip", self.sip, "--http", self._http],
            logs,
            line={
                "api_key": self._api_key,
                "signing_seed": base64.b64encode(self._seed).decode(),
                "speech_url": speech_url,
                "routes": routes,
                "webhook_timeout_ms": WEBHOOK_SECONDS * 1000,
            },
            stop_steps=((signal.SIGTERM, 2.0), (signal.SIGINT, 4.0)),
        )
