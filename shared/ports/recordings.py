"""Recordings of calls: their rows, and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from shared.ports.receipt import Receipt


class Erasure(StrEnum):
    """How a file is gone: `DELETED` was there and was deleted, `ABSENT` was proven not to be there."""

    DELETED = "deleted"
    ABSENT = "absent"


@dataclass(frozen=True)
class RecordingEntry:
    """One recording of a call. Its row comes before its file and outlives it."""

    recording_id: str
    call_id: str
    path: str | None
    """Of a file, or `s3://bucket/key`. None for a voicemail that the carrier still has."""
    started_at: datetime
    ended_at: datetime | None
    """None while it runs."""
    deleted_at: datetime | None = None
    egress_id: str | None = None
    """LiveKit's; None where the agent records by itself."""
    failed: str | None = None
    """Why there is no whole recording."""
    kind: Literal["call", "voicemail"] = "call"
    """`call`: the conversation, recorded here. `voicemail`: what the caller left with the carrier; one a call."""
    seconds: float | None = None
    """Its length, where the carrier says it."""
    source_url: str | None = None
    """Where the carrier keeps a voicemail, for ten minutes."""
    erasure: Erasure | None = None
    """How its file is gone; None while it is there, and for rows of older releases."""
    in_backup: bool = False
    """Whether egress put the file into its backup storage, as the bucket didn't take it."""


class Recordings(Protocol):
    """The recordings of one stage."""

    async def put(self, entry: RecordingEntry) -> Receipt:
        """Insert, or fill in what came later (end, deletion)."""
        ...

    async def of_call(self, call_id: str) -> Sequence[RecordingEntry]:
        """In the order they were begun."""
        ...

    async def withdrawn(self, before: datetime) -> Sequence[RecordingEntry]:
        """Recordings of the conversation whose caller refused or withdrew consent after they were begun, so that their
        file must be deleted; those that have ended, or whose call had before then. Oldest first, at most dozens."""
        ...

    async def unfetched(self) -> Sequence[RecordingEntry]:
        """Voicemails of the last hour that have no file here; oldest first, at most some dozens."""
        ...

    async def known(self, recording_ids: Sequence[str]) -> Sequence[RecordingEntry]:
        """Those of these recordings that have a row; all or nothing."""
        ...

    async def kept(self, after: str, before: datetime) -> Sequence[RecordingEntry]:
        """Recordings that ended before then and whose file should be there; by their ids, those after that one, at most
        some dozens."""
        ...


@dataclass(frozen=True)
class StoredFile:
    path: str
    written_at: datetime

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


class AudioFiles(Protocol):
    """Recordings and voicemails as files. Whatever goes wrong is an `OSError`.

    `in_backup`: egress said that it put the file into its backup storage.
    """

    async def write(self, name: str, audio: bytes) -> str:
        """Its path, afterwards; whole or not at all, and for all processes of the stage."""
        ...

    async def settle(self, path: str) -> None:
        """The file that a recorder has written there is there for all processes of the stage, from now on."""
        ...

    async def exists(self, path: str, *, in_backup: bool = False) -> bool: ...

    async def delete(self, path: str, *, in_backup: bool = False) -> Erasure:
        """Afterwards it is nowhere; an `OSError` where that can't be proven."""
        ...

    async def page(self, place: int, after: str, limit: int) -> Sequence[StoredFile] | None:
        """The next files of a place, by name; None where there are fewer places. Places are numbered from 0."""
        ...
