"""What stands in LiveKit: rooms with who is in them, and a stage's way in from the telephone network."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

RINGING_SECONDS = 8
"""How long a call rings when nobody answers. Then the caller hears busy (486), and the carrier's fallback speaks."""

CALL_HEADER = "X-Pickup-Call"
"""The SIP header in which a call's own token travels from the carrier to its room."""
SYNTHETIC_HEADER = "X-Pickup-Synthetic"
"""The SIP header in which the mark of a synthetic call travels from its caller."""

Kind = Literal["caller", "agent", "other"]


@dataclass(frozen=True)
class Room:
    name: str
    created_at: datetime


@dataclass(frozen=True)
class Participant:
    """`caller` is whoever came by SIP; `other` are browsers, recorders and the like."""

    identity: str
    kind: Kind
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    joined_at: datetime | None = None


@dataclass(frozen=True)
class TrunkPlan:
    """The one trunk and the one dispatch rule that a stage should have."""

    stage: str
    dids: tuple[str, ...]
    """E.164; empty would take calls for every number, and is refused."""
    agent_name: str
    peers: tuple[str, ...] = ()
    """Addresses or networks that calls may come from, as they need no password: the carrier's. Empty: any (PT-43)."""
    ringing_timeout_seconds: int = RINGING_SECONDS
    max_call_seconds: int = 4 * 3600
    departure_seconds: int = 5
    """How long a room stands when its caller has gone."""


@dataclass(frozen=True)
class Provisioned:
    trunk_id: str
    rule_id: str
    changed: tuple[str, ...]
    """What was done, a sentence each; empty when all was as planned."""


@dataclass(frozen=True)
class RoomEvent:
    """One thing that LiveKit told of a room."""

    event_id: str
    """The same each time it is told."""
    name: str
    """LiveKit's: `participant_joined`, `room_finished` …"""
    room: str
    at: datetime
    who: Participant | None = None
    """Whom it is about."""
    reason: str = ""
    """Why they left or why the room ended, in LiveKit's words."""


_CALLS = uuid.UUID("6f0c6a1e-52b4-4c6e-9a35-6b1c6fbf2a7d")
"""The namespace of our calls' ids."""
_COMPUTED = 5
"""The version of UUIDs that are computed from a name."""
_ROOM = re.compile(r"^(local|production|preview-[a-z0-9-]+)\.")


def agent_name(stage: str) -> str:
    """The name that the stage's workers register under, and that its dispatch rule asks for."""
    return f"pickup-{stage}"


def room_prefix(stage: str) -> str:
    """What the names of the stage's rooms begin with (PT-39). The dot keeps `preview-a` apart from `preview-a-b`."""
    return f"{stage}."


def stage_of(room: str) -> str | None:
    """The stage whose room it is; None for a room that isn't ours."""
    found = _ROOM.match(room)
    return found.group(1) if found else None


def call_id_of(room: str) -> str:
    """The id of the room's call, a UUID in text."""
    return str(uuid.uuid5(_CALLS, room))


def attribute_of(header: str) -> str:
    """The caller's attribute that LiveKit makes of an X- header of the INVITE."""
    return f"sip.h.{header.lower()}"


def is_of_room(call_id: str) -> bool:
    """Whether this id was computed from the name of a room: calls on other lines have ids by chance."""
    try:
        return uuid.UUID(call_id).version == _COMPUTED
    except ValueError:
        return False
