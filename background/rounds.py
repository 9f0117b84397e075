"""What has to be looked after again and again, whoever told or forgot to tell of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.observe import report
from shared.services import Services

ERASE_EVERY = timedelta(seconds=15)
"""A file that can't be deleted is told each time."""


class Rounds:
    """One for a stage, kept between rounds: the healer remembers since when a call has no agent."""

    def __init__(self, services: Services) -> None:
        self._clock = services.clock
        self._healer = services.healer
        self._messages = services.voicemail_fetcher
        self._recordings = services.call_recordings
        self._erased_at: datetime | None = None

    async def go(self) -> None:
        """One round. A duty that fails is reported, doesn't keep the others from being done, and is tried again."""
        await _done("heal", self._healer.heal)
        await _done("messages", self._messages.fetch)
        now = self._clock.now()
        if self._erased_at is None or now - self._erased_at >= ERASE_EVERY:
            self._erased_at = now
            await _done("erase", self._recordings.erase_withdrawn)


async def _done(duty: str, work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Exception as error:
        report(error, action=duty)
