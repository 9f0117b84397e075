"""A call's recordings: their names, and what LiveKit's egress tells of those that it makes."""

from dataclasses import dataclass
from datetime import datetime

SUFFIX = ".ogg"
_MARK_CHARACTERS = 8


def recording_name(call_id: str, mark: str) -> str:
    """The id of one recording of a call, which its file is named by. `mark`: eight characters by chance."""
    return f"{call_id}-{mark[:_MARK_CHARACTERS]}"


def voicemail_name(call_id: str) -> str:
    """The id of the one voicemail that a call can have, which its file is named by."""
    return f"voicemail-{call_id}"


def call_id_of_recording(recording_id: str) -> str | None:
    """The call that it is of; None for what isn't named by us."""
    call_id, dash, mark = recording_id.rpartition("-")
    return call_id if dash and call_id and len(mark) == _MARK_CHARACTERS else None


@dataclass(frozen=True)
class EgressNews:
    """How an egress stands, as LiveKit tells it."""

    egress_id: str
    room: str
    path: str
    """Where it writes to: `s3://bucket/key`."""
    started_at: datetime
    ended_at: datetime | None = None
    failed: str | None = None
    """Why it records no more, where that wasn't asked for."""

    @property
    def recording_id(self) -> str:
        return self.path.rpartition("/")[2].removesuffix(SUFFIX)
