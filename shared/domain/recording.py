"""A call's recordings: their names, and the state of the LiveKit egress that writes one."""

import uuid
from dataclasses import dataclass
from datetime import datetime

SUFFIX = ".ogg"
SECRET_SPOKEN = "the caller gave a secret"
"""Why a recording is no whole one: its file is deleted as soon as nobody writes to it."""
_MARK_CHARACTERS = 8


def recording_name(call_id: str, mark: str) -> str:
    """The id of one recording of a call; its file has the same name. `mark`: eight random characters."""
    return f"{call_id}-{mark[:_MARK_CHARACTERS]}"


def voicemail_name(call_id: str) -> str:
    """The id of the one voicemail that a call can have, which its file is named by."""
    return f"voicemail-{call_id}"


def call_id_of_recording(recording_id: str) -> str | None:
    """The call of a recording; None for a name that `recording_name` didn't make."""
    call_id, _, mark = recording_id.rpartition("-")
    try:
        ours = str(uuid.UUID(call_id)) == call_id and len(mark) == _MARK_CHARACTERS
    except ValueError:
        return None
    return call_id if ours else None


@dataclass(frozen=True)
class EgressNews:
    """The state of an egress, as LiveKit reports it."""

    egress_id: str
    room: str
    path: str
    """The file that it writes: `s3://bucket/key`."""
    started_at: datetime
    ended_at: datetime | None = None
    failed: str | None = None
    """Why it stopped by itself; None: it runs, or we stopped it."""
    in_backup: bool = False
    """Whether the file went to egress's backup storage."""

    @property
    def recording_id(self) -> str:
        return self.path.rpartition("/")[2].removesuffix(SUFFIX)
