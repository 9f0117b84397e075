"""What the use-cases need of the outside world: one Protocol an aggregate or an outside party.

Reads raise `StoreUnavailable` or `StoreError`. Durable writes return a `Receipt`: when Postgres can't be reached
the write is kept in the spool and delivered later, in order, once; when Postgres refuses it, `StoreError` is raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from shared.domain.call import CallEvent, CallOpening, CallRecord, Completion
from shared.domain.conversation import Conversation
from shared.domain.language.consent import ConsentRecord
from shared.domain.telephony.application import VoiceApplication
from shared.domain.telephony.legs import Command
from shared.domain.telephony.rooms import Participant, Provisioned, Room, TrunkPlan
from shared.domain.tenant import Listing, Tenant


class Receipt(StrEnum):
    """What became of a durable write: `STORED` is in Postgres, `KEPT` in the spool."""

    STORED = "stored"
    KEPT = "kept"


class Directory(Protocol):
    """Who owns which number. Every failure is a `DirectoryError`; None means that the query found no row."""

    async def listing(self, did: str, caller: str) -> Listing | None:
        """`did` in E.164, `caller` a comparing key (empty for anonymous); stage isolation is routing's business."""
        ...

    async def tenant(self, tenant_id: str) -> Tenant | None: ...

    async def dids(self, stage: str) -> Sequence[str]:
        """All active numbers of a stage."""
        ...


class Calls(Protocol):
    async def open(self, opening: CallOpening) -> Receipt: ...

    async def take_place(self, call_id: str, tenant_id: str, at: datetime) -> bool:
        """One of the tenant's calls of this month, atomically; the same call asks twice and takes one."""
        ...

    async def note(self, event: CallEvent) -> Receipt: ...

    async def complete(self, completion: Completion) -> Receipt: ...


class Records(Protocol):
    """Calls as they are read back."""

    async def find(self, call_id: str) -> CallRecord | None:
        """By its id or an unambiguous beginning of it (≥ 6 characters)."""
        ...

    async def recent(self, stage: str, limit: int) -> Sequence[CallRecord]:
        """Newest first, without events."""
        ...

    async def open_calls(self, stage: str, before: datetime) -> Sequence[CallRecord]:
        """Those that began before then and have no end yet; oldest first, with events, at most some hundreds."""
        ...

    async def is_over(self, call_id: str) -> bool:
        """Whether its end is recorded."""
        ...

    async def abandonments(self, stage: str, since: datetime) -> int:
        """How many callers hung up before anybody answered, of calls that began since then."""
        ...


class Consents(Protocol):
    async def record(self, consent: ConsentRecord) -> Receipt: ...

    async def of_call(self, call_id: str) -> Sequence[ConsentRecord]: ...


@dataclass(frozen=True)
class Callback:
    """A caller's request to be called back. `key` makes it idempotent within its call (PT-66)."""

    call_id: str
    key: str
    tenant_id: str | None
    """None where the directory couldn't be read: then SQL takes the tenant that owns the number `did`."""
    caller: str | None
    """E.164; None when withheld."""
    at: datetime
    callback_number: str | None
    """E.164; None where it is the caller's."""
    reason: str
    caller_name: str | None = None
    preferred_time: str | None = None
    """In the caller's words."""
    did: str | None = None
    """The number dialled, E.164."""
    callback_extension: str | None = None
    """Digits to be dialled when somebody has answered `callback_number`."""


@dataclass(frozen=True)
class SafetyReport:
    """A caller in a crisis, or one who threatens. `key` makes it idempotent within its call."""

    call_id: str
    key: str
    kind: Literal["crisis", "threat"]
    tenant_id: str | None
    caller: str | None
    at: datetime
    utterance: str
    fields: dict[str, Any]
    """For the operator: matched words, transcript."""


class Requests(Protocol):
    """What a caller may leave in any business."""

    async def call_back(self, callback: Callback) -> Receipt: ...

    async def report(self, report: SafetyReport) -> Receipt: ...


class BusinessRows(Protocol):
    """Calls the SQL functions of a business (`supabase/schema/businesses/`). Its store knows their names and
    payloads; the adapter adds stage and release."""

    async def write(self, function: str, payload: dict[str, Any]) -> Receipt: ...

    async def read(self, function: str, payload: dict[str, Any]) -> Any: ...


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
    erasure: "Erasure | None" = None
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
class Alert:
    """What an operator must know. One alert of a key is open at a time in a stage; raising it again counts it up."""

    key: str
    severity: str
    """`page` (P1), `notice`."""
    title: str
    call_id: str | None = None
    fields: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class OpenAlert(Alert):
    """An alert that nobody closed, as it was last raised."""

    release: str
    last_at: datetime
    raised: int
    """How often, since it was opened."""


class Erasure(StrEnum):
    """How a file is gone: `DELETED` was there and was deleted, `ABSENT` was proven not to be there."""

    DELETED = "deleted"
    ABSENT = "absent"


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


class Alerts(Protocol):
    """The alerts of one stage; the adapter adds the stage, its release and the time."""

    async def raise_(self, alert: Alert) -> Receipt: ...

    async def close(self, key: str) -> Receipt: ...

    async def open_alerts(self) -> Sequence[OpenAlert]:
        """Oldest first."""
        ...


class Sessions(Protocol):
    """The conversations of running calls, in Redis.

    Each method is one round trip, bounded; a failure is `StoreUnavailable` and must never hold a call.
    """

    async def save(self, conversation: Conversation) -> bool:
        """False when it was refused: another agent has taken the call over, or a newer version is stored."""
        ...

    async def load(self, call_id: str) -> Conversation | None:
        """None when nothing was saved within the last `TTL_SECONDS`."""
        ...

    async def extend(self, call_id: str) -> bool:
        """Keep it the full time again, without another save; False when there is none."""
        ...

    async def delete(self, call_id: str) -> None: ...

    async def decide_once(self, call_id: str, decision: dict[str, Any]) -> dict[str, Any]:
        """The first decision of a call is everyone's: returns the stored one, this one if it was the first."""
        ...

    async def decided(self, call_id: str) -> dict[str, Any] | None: ...


class Leases(Protocol):
    """Which agent speaks for a call, in Redis. A failure is `StoreUnavailable` and must never hold a call."""

    async def take(self, call_id: str, holder: str, ttl_seconds: float) -> bool:
        """False when another holds it; True also when this holder has it already."""
        ...

    async def renew(self, call_id: str, holder: str, ttl_seconds: float) -> bool:
        """False when this holder has it no more: it ran out, or another's is there."""
        ...

    async def release(self, call_id: str, holder: str) -> None:
        """Does nothing where another holds it."""
        ...

    async def holder(self, call_id: str) -> str | None: ...


@dataclass(frozen=True)
class WorkerBeat:
    """What a worker says of itself every few seconds; who hasn't for 15 s is taken to be gone."""

    worker_id: str
    stage: str
    release: str
    calls: int
    """That it serves now."""
    capacity: int
    at: datetime
    registered: bool = True
    """Whether LiveKit can send it calls: connected, and confirmed by LiveKit."""
    draining: bool = False
    ordered: bool = False
    """Of a worker that hasn't come yet: written for it by the one who ordered it."""
    retires_at: datetime | None = None
    """When it stops taking calls by itself; None: it doesn't."""

    @property
    def ready(self) -> bool:
        """Whether it would take one more call."""
        return self.registered and not self.draining and self.calls < self.capacity

    def takes_calls_at(self, at: datetime) -> bool:
        """Whether it would still take calls then."""
        return not self.draining and (self.retires_at is None or at < self.retires_at)


class Workers(Protocol):
    """The workers of a stage, in Redis. A failure is `StoreUnavailable`."""

    async def beat(self, beat: WorkerBeat, ttl_seconds: float | None = None) -> None:
        """It counts for `ttl_seconds`, by default for the 15 s in which a living worker sends the next ones."""
        ...

    async def alive(self) -> Sequence[WorkerBeat]:
        """In the order of their ids."""
        ...

    async def gone(self, worker_id: str) -> None: ...


class Switchboard(Protocol):
    """LiveKit's control. Every call is bounded, every failure a `SwitchboardError`."""

    async def rooms(self, stage: str) -> Sequence[Room]:
        """The stage's live rooms."""
        ...

    async def participants(self, room: str) -> Sequence[Participant]:
        """Who is in it; nobody is in a room that is gone."""
        ...

    async def dispatch(self, room: str, agent_name: str, metadata: str = "") -> None:
        """Ask for an agent. That nobody serves this name shows nowhere."""
        ...

    async def end(self, room: str) -> None:
        """Put everybody out: a call that rings is refused (486), one that was answered hung up. Idempotent."""
        ...

    async def provision(self, plan: TrunkPlan) -> Provisioned:
        """Make trunk and rule what is planned; nothing is touched that is so already."""
        ...

    async def transfer(self, room: str, identity: str, to: str) -> bool:
        """Connect a caller with the number `to`, E.164, and let the leg go.

        Returns when `to` has answered; a transfer that didn't complete is a `SwitchboardError`. False: the request was
        taken, and its outcome isn't reported, so that only a leg that ends is a transferred one.
        """
        ...


class Egress(Protocol):
    """LiveKit's own recorder of rooms. Every call is bounded, every failure a `SwitchboardError`."""

    async def start(self, room: str, path: str) -> str:
        """Record a room's sound to `path` from now on; its id there."""
        ...

    async def stop(self, egress_id: str) -> None:
        """Its file is whole when LiveKit sends `egress_ended`. Stopping one that has ended is fine."""
        ...


class Carrier(Protocol):
    """The telephone company's call control. Every call is bounded, every failure a `CarrierError`."""

    async def do(self, leg_id: str, command: Command, key: str) -> None:
        """Command a leg. A command with the same key as an earlier one does nothing.

        Raises `CarrierError` with `leg_gone` set when the leg has ended: then nothing can be done to it any more.
        """
        ...

    async def fetch(self, url: str) -> bytes:
        """A recording that it made, at most some megabytes."""
        ...

    async def applications(self) -> Sequence[VoiceApplication]:
        """The voice applications of our account, at most the first 250."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """UTC, zoned."""
        ...
