"""Periodic maintenance of a stage: heal calls, fetch voicemails, erase and compare recordings, look after the
carrier's settings and LiveKit's webhooks."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.observe import report
from shared.services import Services

EVERY_SECONDS = 1.0
"""A caller without an agent hears it ring for eight."""
ERASE_EVERY = timedelta(seconds=15)
"""Each try at a file that can't be deleted raises its alert."""
CHECK_EVERY = timedelta(minutes=1)
SWEEP_EVERY = timedelta(minutes=1)
"""A page of recordings is compared with its files."""


class Rounds:
    """One for a stage, kept between rounds: the healer remembers since when a call has no agent."""

    def __init__(self, services: Services) -> None:
        self._clock = services.clock
        self._healer = services.healer
        self._voicemails = services.voicemail_fetcher
        self._recordings = services.call_recordings
        self._carrier_setup = services.carrier_setup
        # anywhere: a watchdog that lives for a minute would look at the same page each time
        self._sweep = services.recording_sweep(uuid.uuid4().hex)
        self._swept_at: datetime | None = None
        self._evidence = services.webhook_evidence
        self._erased_at: datetime | None = None
        self._checked_at: datetime | None = None

    async def repeat(self, every_seconds: float = EVERY_SECONDS) -> None:
        """Rounds, until it is cancelled."""
        while True:
            await self.go()
            await asyncio.sleep(every_seconds)

    async def go(self) -> None:
        """One round. A duty that fails is reported, doesn't keep the others from being done, and is tried again."""
        await _attempted("heal", self._healer.heal)
        await _attempted("voicemail", self._voicemails.fetch)
        now = self._clock.now()
        if self._erased_at is None or now - self._erased_at >= ERASE_EVERY:
            self._erased_at = now
            await _attempted("erase", self._recordings.erase_withdrawn)
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            self._swept_at = now
            await _attempted("sweep files", self._sweep.files)
            await _attempted("sweep rows", self._sweep.rows)
        if self._checked_at is None or now - self._checked_at >= CHECK_EVERY:
            self._checked_at = now
            await _attempted("webhook evidence", self._evidence.check)
            if self._carrier_setup:
                await _attempted("carrier setup", self._carrier_setup.check)


async def _attempted(duty: str, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Exception as error:
        report(error, action=duty)
