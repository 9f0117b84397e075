"""Fetches the voicemails that callers left with the carrier, while the carrier still has them."""

from dataclasses import dataclass, replace

import structlog

from shared.errors import CarrierError, StoreError
from shared.ports import AudioFiles, Carrier, RecordingEntry, Recordings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class VoicemailFetcher:
    """Of the stage that the recordings are of."""

    recordings: Recordings
    carrier: Carrier
    files: AudioFiles

    async def fetch(self) -> int:
        """Returns how many voicemails it fetched. A failure is logged and tried again at the next pass; fetching twice
        changes nothing. Raises `StoreError` when they can't be listed."""
        return sum([await self._fetch(voicemail) for voicemail in await self.recordings.unfetched()])

    async def _fetch(self, voicemail: RecordingEntry) -> bool:
        call_id = voicemail.call_id
        try:
            audio = await self.carrier.fetch(voicemail.source_url or "")
            path = await self.files.write(f"{voicemail.recording_id}.wav", audio)
            await self.recordings.put(replace(voicemail, path=path))
        except (CarrierError, StoreError, OSError) as error:
            why = str(error) or type(error).__name__
            log.error("voicemail not fetched", action="voicemail", call_id=call_id, error=why)
            return False
        log.info("voicemail fetched", action="voicemail", call_id=call_id, seconds=voicemail.seconds)
        return True
