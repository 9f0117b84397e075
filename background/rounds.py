"""What has to be looked after again and again, whoever told or forgot to tell of it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from shared.calls.voicemail import VoicemailFetcher
from shared.calls.watch import Healer
from shared.observe import report
from shared.services import Services
from shared.wiring import recordings_of, rooms_of

ERASE_EVERY = timedelta(seconds=15)
"""A file that can't be deleted is told each time."""


class Rounds:
    """One for a stage, kept between rounds: the healer remembers since when a call has no agent."""

    def __init__(self, services: Services) -> None:
        stage = services.settings.stage
        self._clock = services.clock
        self._healer = Healer(rooms_of(services))
        self._messages = VoicemailFetcher(stage, services.recordings, services.carrier, services.files)
        self._recordings = recordings_of(services)
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
