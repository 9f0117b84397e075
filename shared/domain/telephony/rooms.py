"""LiveKit's rooms, participants, events, trunk and dispatch rule as values; names of rooms, ids of their calls."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

RINGING_SECONDS = 8
"""How long a call rings without an answer. Then LiveKit answers 486: by call control the number's
fallback follows, in direct mode the caller hears a busy tone."""

CALL_HEADER = "X-Pickup-Call"
"""The SIP header in which a call's own token travels from the carrier to its room."""
SYNTHETIC_HEADER = "X-Pickup-Synthetic"
"""The SIP header in which the mark of a synthetic call travels from its caller."""

PERSON_PREFIX = "person_"
"""Of the identity of a person whom we have dialled for the caller."""

Kind = Literal["caller", "agent", "person", "other"]


@dataclass(frozen=True)
class Room:
    name: str
    created_at: datetime


@dataclass(frozen=True)
class Participant:
    """`caller` joined by SIP; `person` is somebody whom we have dialled for them; `other` are browsers, recorders and
    the like."""

    identity: str
    kind: Kind
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    joined_at: datetime | None = None


@dataclass(frozen=True)
class SipLogin:
    """What a SIP service asks for in a challenge (digest, RFC 3261 section 22)."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class SipOut:
    """The carrier's SIP service that takes our own calls."""

    host: str
    """With its port, where that isn't 5060."""
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class TrunkPlan:
    """The one trunk and the one dispatch rule that a stage should have."""

    stage: str
    dids: tuple[str, ...]
    """E.164. Must not be empty: such a trunk would take calls for every number."""
    agent_name: str
    peers: tuple[str, ...] = ()
    """The carrier's networks in CIDR notation. A caller whose From names one of them passes too. Empty: any address
    (PT-43)."""
    login: SipLogin | None = None
    """None: LiveKit asks nobody for a login."""
    ringing_timeout_seconds: int = RINGING_SECONDS
    max_call_seconds: int = 4 * 3600
    departure_seconds: int = 5
    """How long LiveKit keeps a room after its caller has left."""


@dataclass(frozen=True)
class Provisioned:
    trunk_id: str
    rule_id: str
    changed: tuple[str, ...]
    """One sentence for each change; empty when trunk and rule already were as planned."""


@dataclass(frozen=True)
class RoomEvent:
    """One webhook of LiveKit about a room."""

    event_id: str
    """The same in each delivery of the webhook."""
    name: str
    """LiveKit's: `participant_joined`, `room_finished` …"""
    room: str
    at: datetime
    participant: Participant | None = None
    """The participant that the event is about."""
    reason: str = ""
    """Why the participant left or the room ended, in LiveKit's words."""


_CALLS = uuid.UUID("6f0c6a1e-52b4-4c6e-9a35-6b1c6fbf2a7d")
"""Namespace of the call ids that are computed from a room's name."""
_COMPUTED = 5
"""The version of name-based UUIDs."""
_ROOM = re.compile(r"^(local|production|preview-[a-z0-9-]+)\.")


def agent_name(stage: str) -> str:
    """The name that the stage's workers register under, and that its dispatch rule asks for."""
    return f"pickup-{stage}"


def room_prefix(stage: str) -> str:
    """Prefix of the names of the stage's rooms (PT-39). The dot keeps `preview-a` apart from `preview-a-b`."""
    return f"{stage}."


def stage_of(room: str) -> str | None:
    """The stage that the room belongs to; None for a room of another system."""
    found = _ROOM.match(room)
    return found.group(1) if found else None


def call_id_of(room: str) -> str:
    """The id of the room's call, a UUID in text."""
    return str(uuid.uuid5(_CALLS, room))


def attribute_of(header: str) -> str:
    """The caller's attribute that LiveKit makes of an X- header of the INVITE."""
    return f"sip.h.{header.lower()}"


def is_of_room(call_id: str) -> bool:
    """Whether this id was computed from the name of a room; calls on other lines have random ids."""
    try:
        return uuid.UUID(call_id).version == _COMPUTED
    except ValueError:
        return False
