"""Fetches the voicemails that callers left with the carrier, while the carrier still has them."""

import asyncio
from dataclasses import dataclass, field, replace

import structlog

from shared.calls.limits import Limits
from shared.errors import CarrierError, StoreError, StoreUnavailable
from shared.ports import AudioFiles, Carrier, RecordingEntry, Recordings

log = structlog.get_logger(__name__)

FETCH_SECONDS = 20.0


@dataclass(frozen=True)
class VoicemailFetcher:
    """Of one stage."""

    stage: str
    recordings: Recordings
    carrier: Carrier
    files: AudioFiles
    limits: Limits = field(default_factory=Limits)

    async def fetch(self) -> int:
        """Returns how many voicemails it fetched. A failure is logged and tried again at the next pass; fetching twice
        changes nothing. Raises `StoreError` when they can't be listed."""
        try:
            async with asyncio.timeout(self.limits.write_seconds):
                waiting = await self.recordings.unfetched(self.stage)
        except TimeoutError as error:
            raise StoreUnavailable("the voicemails can't be listed in time", "timeout") from error
        return sum([await self._fetch(voicemail) for voicemail in waiting])

    async def _fetch(self, voicemail: RecordingEntry) -> bool:
        call_id = voicemail.call_id
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                audio = await self.carrier.fetch(voicemail.source_url or "")
                path = await self.files.write(f"{voicemail.recording_id}.wav", audio)
                await self.recordings.put(replace(voicemail, path=path))
        except (CarrierError, StoreError, OSError, TimeoutError) as error:
            log.error(
                "voicemail not fetched", action="voicemail", call_id=call_id, error=str(error) or type(error).__name__
            )
            return False
        log.info("voicemail fetched", action="voicemail", call_id=call_id, seconds=voicemail.seconds)
        return True
