"""What a carrier tells of a call's legs, and what it can be told to do with one: Telnyx's call control, in our words.

A call has one leg from the caller to the carrier, and one more for everybody it is passed on to. What we note with a
command comes back with all that the carrier tells of that leg from then on, so that nobody has to remember it.
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
from shared.domain.tenant import Fallback

Direction = Literal["incoming", "outgoing"]
Role = Literal["caller", "agent", "forward"]
"""Whom a leg leads to."""
Step = Literal["", "ringing", "announcing", "asking_voicemail", "voicemail"]
"""How far a caller's leg is."""

_COMPUTED = 8
"""The version of UUIDs that are made in a way of one's own (RFC 9562)."""


def call_id_of_session(session_id: str) -> str:
    """The id of a call that came by the carrier, a UUID in text; `session_id` is the same for all its legs."""
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
    """What we note with a leg. Small, as the carrier keeps it; no more of a person than the carrier knows anyway."""

    role: Role
    step: Step = ""
    reason: str = ""
    """Why it is announced to, or not answered: a routing reason, or a hangup cause."""
    caller_leg: str = ""
    """Of a leg that leads on: the leg of the caller who waits for it."""
    fallback: Fallback = "announcement"
    forward_to: str = ""
    """E.164."""
    promised: Promise = ""
    """Whether the caller is told that we call back: only where that was written down, and `none` without a number."""
    language: str = "en"

    def to_text(self) -> str:
        given = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(given, separators=(",", ":"), ensure_ascii=True)

    @classmethod
    def from_text(cls, text: str) -> "LegNote | None":
        """None for what isn't ours, or of another release that noted other things."""
        try:
            told: Any = json.loads(text)
            return cls(**{str(name): str(value) for name, value in told.items()})  # pyright: ignore[reportArgumentType]
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None


@dataclass(frozen=True)
class CarrierEvent:
    """One thing that the carrier told of a leg."""

    event_id: str
    """The same each time it is told."""
    name: str
    """Telnyx's: `call.initiated`, `call.answered`, `call.bridged`, `call.hangup`, `call.playback.ended` …"""
    at: datetime
    """When it happened, by the carrier's clock."""
    leg_id: str
    """Telnyx's call_control_id: what commands are addressed to."""
    session_id: str
    direction: Direction | None = None
    """Only `call.initiated` tells it."""
    caller: str = ""
    """As it came."""
    dialled: str = ""
    note: LegNote | None = None
    hangup_cause: str = ""
    """`normal_clearing`, `timeout`, `user_busy`, `originator_cancel` …"""
    hangup_source: str = ""
    """`caller`, `callee` or `unknown`."""
    sip_code: int | None = None
    started_at: datetime | None = None
    """Of a leg that was hung up, or of a recording."""
    ended_at: datetime | None = None
    recording_url: str = ""
    """Holds for ten minutes."""
    digits: str = ""
    synthetic_mark: str = ""
    """The header that marks a synthetic call, as it arrived: not verified yet."""

    @cached_property
    def call_id(self) -> str:
        return call_id_of_session(self.session_id)

    @property
    def of_caller(self) -> bool:
        """Whether it is about the leg on which somebody calls us: one of ours always has a note."""
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
    """Whom the other side sees: E.164, or empty when withheld."""
    ring_seconds: int
    note: LegNote
    leg_note: LegNote
    """For the new leg."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Play:
    """A recording, WAV or MP3, that the carrier fetches."""

    url: str
    note: LegNote


@dataclass(frozen=True)
class Say:
    """By a voice of the carrier's own."""

    text: str
    language: str
    """`en`, `es` …"""
    note: LegNote


@dataclass(frozen=True)
class Record:
    """The caller's voice, from a beep on, until they hang up or fall silent."""

    most_seconds: int
    silence_seconds: int
    note: LegNote


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    """Of a leg that wasn't answered."""

    cause: Literal["CALL_REJECTED", "USER_BUSY"] = "USER_BUSY"


Command = Answer | Transfer | Play | Say | Record | Hangup | Reject
