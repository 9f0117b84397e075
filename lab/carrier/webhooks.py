"""Delivery of webhooks to the customer: signed, once to each address, in order unless a fault or a slow answer
prevents it.

Telnyx delivers a webhook to the application's URL, and where that doesn't answer 200 in time to the failover URL
(developers.telnyx.com/docs/voice/programmable-voice/receiving-webhooks). Further attempts have no documented number for
voice, so here there are none.
"""

import asyncio
import base64
import json
import logging
import random
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lab.carrier.faults import Faults
from shared.tasks import Tasks

log = logging.getLogger(__name__)

ORDER_SECONDS = 1.0
"""How long an event waits until the event before it is accepted."""
_REORDER_SECONDS = 0.4
_KEPT = 10_000
_OK = 200


@dataclass(eq=False)
class Notice:
    """One event and its deliveries."""

    event: dict[str, Any]
    """The webhook's `data`."""
    urls: tuple[str, ...]
    """The webhook's URL, and the failover URL if there is one."""
    statuses: list[int | None] = field(default_factory=list[int | None])
    """HTTP status of each attempt, an address each; None: no answer."""
    lost: bool = False
    """A fault suppressed it."""
    delivered_to: str | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """The event was accepted or given up."""

    def as_dict(self) -> dict[str, Any]:
        """For the test API."""
        return {
            "event": self.event,
            "attempts": len(self.statuses),
            "statuses": self.statuses,
            "delivered_to": self.delivered_to,
            "lost": self.lost,
        }


class Webhooks:
    """Sends events; `notices` lists them in the order in which they happened."""

    def __init__(self, seed: bytes, client: httpx.AsyncClient, *, timeout: float = 2.0) -> None:
        """`seed`: 32 bytes of Ed25519. `timeout`: seconds that an address has for its answer."""
        self.faults = Faults()
        self.notices: list[Notice] = []
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._client = client
        self.timeout = timeout
        self._counts: dict[str, int] = {}
        """Number of events by session."""
        self._latest: dict[str, Notice] = {}
        self._sending = Tasks()

    @property
    def public_key(self) -> str:
        """Base64."""
        return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def send(self, session: str, urls: tuple[str, ...], event_type: str, payload: dict[str, Any]) -> Notice:
        """Starts the delivery of an event."""
        event = {
            "record_type": "event",
            "event_type": event_type,
            "id": str(uuid.uuid4()),
            "occurred_at": stamp(time.time()),
            "payload": payload,
        }
        notice = Notice(event, urls, lost=self.faults.loses(event_type))
        self.notices.append(notice)
        del self.notices[:-_KEPT]
        number = self._counts[session] = self._counts.get(session, 0) + 1
        before, self._latest[session] = self._latest.get(session), notice
        self._sending.start(f"webhook {event_type}", lambda: self._deliver_in_order(notice, session, number, before))
        return notice

    async def settle(self, seconds: float) -> None:
        """Waits up to `seconds` for running deliveries; then gives the rest up."""
        await self._sending.wait(seconds)
        await self._sending.aclose()

    async def _deliver_in_order(self, notice: Notice, session: str, number: int, before: Notice | None) -> None:
        faults = self.faults
        try:
            if notice.lost:
                return
            if faults.delay_ms:
                await asyncio.sleep(random.uniform(*faults.delay_ms) / 1000)
            elif faults.reorder:
                await self._let_pass(session, number)
            elif before:
                await _within(before.settled, ORDER_SECONDS)
            await asyncio.gather(*(self._deliver(notice) for _ in range(1 + faults.duplicate)))
        finally:
            notice.settled.set()

    async def _let_pass(self, session: str, number: int) -> None:
        """Delays the first of every two events until the second is sent."""
        if number % 2 == 0:
            return
        until = time.monotonic() + _REORDER_SECONDS
        while time.monotonic() < until:
            if self._counts[session] > number:
                # time for the second to leave first, on a busy machine too
                await asyncio.sleep(0.1)
                return
            await asyncio.sleep(0.01)

    async def _deliver(self, notice: Notice) -> None:
        for attempt, url in enumerate(notice.urls, 1):
            status = await self._post(url, notice.event, attempt)
            notice.statuses.append(status)
            if status == _OK:
                notice.delivered_to = url
                return
        log.warning("no address accepts %s", notice.event["event_type"])

    async def _post(self, url: str, event: dict[str, Any], attempt: int) -> int | None:
        body = json.dumps({"data": event, "meta": {"attempt": attempt, "delivered_to": url}}).encode()
        timestamp = str(int(time.time()))
        signature = self._key.sign(f"{timestamp}|".encode() + body)
        headers = {
            "content-type": "application/json",
            # of its own: one that was kept may be closed in the same moment, and there is no second attempt
            "connection": "close",
            "user-agent": "telnyx-webhooks",
            "telnyx-timestamp": timestamp,
            "telnyx-signature-ed25519": base64.b64encode(signature).decode(),
        }
        try:
            async with asyncio.timeout(self.timeout):
                answer = await self._client.post(url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return None
        return answer.status_code


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def stamp(at: float) -> str:
    """A time (seconds since the epoch) in Telnyx's format."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
