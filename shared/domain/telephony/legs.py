"""Events and commands of a call's legs at the carrier: Telnyx's call control in the words of this domain.

A call has one leg from the caller to the carrier, and another leg for each party that the call is transferred to. The
note of a command comes back with every later event of that leg (Telnyx's `client_state`), so no process has to remember
how far a leg is.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from shared.domain.announcements import Promise
from shared.domain.telephony.rooms import SipLogin
from shared.domain.tenant import Fallback

Direction = Literal["incoming", "outgoing"]
Role = Literal["caller", "agent", "forward"]
"""The party at the other end of a leg."""
Step = Literal["", "ringing", "announcing", "asking_voicemail", "voicemail", "unrecorded"]
"""How far a caller's leg is; `unrecorded`: a voicemail could not be taken, and the caller is told so."""

_COMPUTED = 8
"""The version of UUIDs with a custom layout (RFC 9562)."""


def call_id_of_session(session_id: str) -> str:
    """The id of a call that arrived by the carrier, a UUID in text; all its legs share the `session_id`."""
    digest = bytearray(hashlib.sha256(f"pickup carrier session {session_id}".encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | _COMPUTED << 4
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def is_of_session(call_id: str) -> bool:
    """Whether this id was computed from a carrier's session."""
    try:
        return uuid.UUID(call_id).version == _COMPUTED
    except ValueError:
        return False


@dataclass(frozen=True)
class LegNote:
    """State of a leg that the carrier stores for us. Small, and with no personal data beyond what the carrier has."""

    role: Role
    step: Step = ""
    reason: str = ""
    """Why the caller gets an announcement or no answer: a routing reason, or a hangup cause."""
    caller_leg: str = ""
    """Of an agent's or forwarded leg: the leg of the caller who waits for it."""
    fallback: Fallback = "announcement"
    forward_to: str = ""
    """E.164."""
    did: str = ""
    """The number called, in E.164."""
    promised: Promise = ""
    """Whether the announcement promises a callback: only if the request was stored; `none` without a number."""
    language: str = "en"

    def to_text(self) -> str:
        given = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(given, separators=(",", ":"), ensure_ascii=True)

    @classmethod
    def from_text(cls, text: str) -> "LegNote | None":
        """None for text that isn't such a note, or that another release wrote with other fields."""
        try:
            fields: Any = json.loads(text)
            if "\0" in "".join(map(str, fields.values())):
                # nobody of ours wrote it, and Postgres keeps no such text
                return None
            return cls(**{str(name): str(value) for name, value in fields.items()})  # pyright: ignore[reportArgumentType]
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None


@dataclass(frozen=True)
class CarrierEvent:
    """One webhook of the carrier about a leg."""

    event_id: str
    """The same in each delivery of the webhook."""
    name: str
    """Telnyx's: `call.initiated`, `call.answered`, `call.bridged`, `call.hangup`, `call.playback.ended` …"""
    at: datetime
    """When the event happened, by the carrier's clock."""
    leg_id: str
    """Telnyx's call_control_id; commands are addressed to it."""
    session_id: str
    direction: Direction | None = None
    """Only in `call.initiated`."""
    caller: str = ""
    """The caller's number as the carrier wrote it."""
    attested: bool = False
    """Only in `call.initiated`: the caller's own carrier has signed that the number is theirs (level A), and the
    signature holds."""
    dialled: str = ""
    note: LegNote | None = None
    hangup_cause: str = ""
    """`normal_clearing`, `timeout`, `user_busy`, `originator_cancel` …"""
    hangup_source: str = ""
    """`caller`, `callee` or `unknown`."""
    sip_code: int | None = None
    status: str = ""
    """How a playback or spoken text ended: `completed`, `failed`, `file_not_found` …"""
    detail: str = ""
    """Why a playback or a recording failed, in the carrier's words."""
    started_at: datetime | None = None
    """Start of a leg that was hung up, or of a recording."""
    ended_at: datetime | None = None
    recording_url: str = ""
    """Valid for ten minutes."""
    digits: str = ""
    synthetic_mark: str = ""
    """The header that marks a synthetic call, as it arrived: not verified yet."""

    @cached_property
    def call_id(self) -> str:
        return call_id_of_session(self.session_id)

    @property
    def of_caller(self) -> bool:
        """Whether the event is about the caller's leg. A leg that we dialled always has a note."""
        return self.direction != "outgoing" if self.note is None else self.note.role == "caller"


@dataclass(frozen=True)
class Answer:
    note: LegNote


@dataclass(frozen=True)
class Transfer:
    """Ring `to` and connect it with this leg when it answers; until then the caller hears ringing."""

    to: str
    """E.164 or a SIP URI."""
    caller: str
    """The caller id to send: E.164, or empty when withheld."""
    ring_seconds: int
    note: LegNote
    leg_note: LegNote
    """For the new leg."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    diversion: str = ""
    """The number called, in E.164, for a forward to a telephone number: it proves that we may show the caller's."""
    login: SipLogin | None = None
    """What the SIP service at `to` asks the carrier for."""


@dataclass(frozen=True)
class Play:
    """Play a WAV or MP3 file that the carrier fetches."""

    url: str
    note: LegNote


@dataclass(frozen=True)
class Say:
    """Speak a text with the carrier's own voice."""

    text: str
    language: str
    """`en`, `es` …"""
    note: LegNote


@dataclass(frozen=True)
class Record:
    """Record the caller, from a beep until the hangup or a silence."""

    most_seconds: int
    silence_seconds: int
    note: LegNote


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    """Refuse a leg that wasn't answered."""

    cause: Literal["CALL_REJECTED", "USER_BUSY"] = "USER_BUSY"


Command = Answer | Transfer | Play | Say | Record | Hangup | Reject
