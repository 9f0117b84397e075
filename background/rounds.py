"""Periodic maintenance of a stage: heal calls, fetch voicemails, erase and compare recordings, look after the
carrier's settings and LiveKit's webhooks."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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
FORGET_EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class _Duty:
    name: str
    work: Callable[[], Awaitable[object]]
    every: timedelta = timedelta(0)
    """The least time between two; by default each round."""


class Rounds:
    """One for a stage, kept between rounds: the healer remembers since when a call has no agent."""

    def __init__(self, services: Services) -> None:
        self._clock = services.clock
        # begins anywhere: a watchdog that lives for a minute would look at the same page each time
        sweep = services.recording_sweep(uuid.uuid4().hex)
        self._duties = [
            _Duty("heal", services.healer.heal),
            _Duty("voicemail", services.voicemail_fetcher.fetch),
            _Duty("erase", services.call_recordings.erase_withdrawn, ERASE_EVERY),
            _Duty("sweep files", sweep.files, SWEEP_EVERY),
            _Duty("sweep rows", sweep.rows, SWEEP_EVERY),
            _Duty("webhook evidence", services.webhook_evidence.check, CHECK_EVERY),
            _Duty("forget worker events", services.worker_events.forget, FORGET_EVERY),
        ]
        if services.carrier_setup:
            self._duties.append(_Duty("carrier setup", services.carrier_setup.check, CHECK_EVERY))
        self._done_at: dict[str, datetime] = {}

    async def repeat(self, every_seconds: float = EVERY_SECONDS) -> None:
        """Rounds, until it is cancelled."""
        while True:
            await self.go()
            await asyncio.sleep(every_seconds)

    async def go(self) -> None:
        """One round. A duty that fails is reported, doesn't keep the others from being done, and is tried again."""
        for duty in self._duties:
            now = self._clock.now()
            done_at = self._done_at.get(duty.name)
            if done_at is None or now - done_at >= duty.every:
                self._done_at[duty.name] = now
                await _attempted(duty)


async def _attempted(duty: _Duty) -> None:
    try:
        await duty.work()
    except Exception as error:
        report(error, action=duty.name)
