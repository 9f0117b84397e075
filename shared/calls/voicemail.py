"""The messages that callers left with the carrier are fetched, while it has them."""

import asyncio
from dataclasses import dataclass, field, replace

import structlog

from shared.calls.limits import Limits
from shared.errors import CarrierError, StoreError, StoreUnavailable
from shared.ports import AudioFiles, Carrier, Voicemail, Voicemails

log = structlog.get_logger(__name__)

FETCH_SECONDS = 20.0


@dataclass(frozen=True)
class VoicemailFetcher:
    """Of one stage."""

    stage: str
    voicemails: Voicemails
    carrier: Carrier
    files: AudioFiles
    limits: Limits = field(default_factory=Limits)

    async def fetch(self) -> int:
        """How many are here now that weren't. What fails is logged and tried again at the next pass; doing it twice
        changes nothing. Raises `StoreError` when they can't be listed."""
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                waiting = await self.voicemails.unfetched(self.stage)
        except TimeoutError as error:
            raise StoreUnavailable("the messages can't be listed in time", "timeout") from error
        return sum([await self._fetch(message) for message in waiting])

    async def _fetch(self, message: Voicemail) -> bool:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                audio = await self.carrier.fetch(message.url)
                path = await self.files.write(f"voicemail-{message.call_id}.wav", audio)
                await self.voicemails.put(replace(message, path=path))
        except (CarrierError, StoreError, OSError, TimeoutError) as error:
            why = str(error) or type(error).__name__
            log.error("message not fetched", action="message", call_id=message.call_id, error=why)
            return False
        log.info("message fetched", action="message", call_id=message.call_id, seconds=message.seconds)
        return True
