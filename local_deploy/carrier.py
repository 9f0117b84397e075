"""The lab's telephone company, as `pickup up` runs it: in front of every stage's numbers."""

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

RETRIES_MS = [300, 700, 1000, 2000, 4000]
"""How an application at Telnyx may have its webhooks retried (`webhook_retries_policy`): the caller hears it ring."""


class CarrierDesk:
    """Addresses and keys of the carrier, chosen once, so that it comes back as the same one."""

    def __init__(self, listen: str, sip_service: str) -> None:
        self.sip = f"{listen}:{free_port(listen)}"
        """Where phones reach it, `host:port`."""
        self._http = f"127.0.0.1:{free_port()}"
        self._sip_service = sip_service
        self._api_key = secrets.token_urlsafe(24)
        self._seed = secrets.token_bytes(32)

    @property
    def url(self) -> str:
        """Of its desk (`lab.carrier.control.CarrierControl`)."""
        return f"http://{self._http}"

    def settings(self, public_url: str) -> dict[str, Any]:
        """What a stage is set to that is its customer, by field name."""
        key = Ed25519PrivateKey.from_private_bytes(self._seed).public_key().public_bytes_raw()
        return {
            "telnyx_api_key": self._api_key,
            "telnyx_public_key": base64.b64encode(key).decode(),
            "telnyx_base_url": f"{self.url}/v2",
            "sip_host": self._sip_service,
            "public_url": public_url,
        }

    def child(self, logs: Path, webhooks: Mapping[str, str], speech_url: str) -> Child:
        """`webhooks`: number → where its stage listens."""
        routes = [{"did": did, "mode": "call_control", "webhook_url": f"{url}/telnyx"} for did, url in webhooks.items()]
        return Child(
            "carrier",
            [sys.executable, "-m", "lab.carrier", "--sip", self.sip, "--http", self._http],
            logs,
            line={
                "api_key": self._api_key,
                "signing_seed": base64.b64encode(self._seed).decode(),
                "speech_url": speech_url,
                "routes": routes,
                "webhook_pauses_ms": RETRIES_MS,
            },
            stop_steps=((signal.SIGTERM, 2.0), (signal.SIGINT, 4.0)),
        )
