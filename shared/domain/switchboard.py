"""What stands in LiveKit: rooms with who is in them, and a stage's way in from the telephone network."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

RINGING_SECONDS = 8
"""How long a call rings when nobody answers. Then the caller hears busy (486), and the carrier's fallback speaks."""

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
