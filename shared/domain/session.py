"""The live state of a call, saved to Redis after each turn (OP-21 … OP-34)."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

TTL_SECONDS = 3600
"""A session lives this long after its last save; each save sets it anew (OP-22)."""


@dataclass(frozen=True)
class Session:
    """Keyed by the call's id, never by a process or job (OP-34). `version` rises by one a save (OP-27)."""

    session_id: str
    version: int
    user_id: str | None
    channel: str
    current_agent: str
    """The template's node that is speaking."""
    conversation_history: tuple[dict[str, Any], ...]
    """`{"role": "user" | "assistant", "content": str}` in order."""
    context: dict[str, Any] = field(default_factory=dict[str, Any])
    """`phone_number`, `recording_announced`, `recording_enabled`, fields gathered, tool results …"""
    created_at: str = ""
    last_activity: str = ""
    """ISO 8601, UTC, always zoned."""


def to_json(session: Session) -> dict[str, Any]:
    """All fields, ready for a JSON encoder; `ValueError` when `context` or the history holds what JSON can't."""
    return _SESSION.dump_python(session, mode="json", warnings="error")


def from_json(data: dict[str, Any]) -> Session:
    """What `to_json` gave, decoded; `ValueError` naming the field that is missing or of another type.

    Fields of a newer release are ignored, so that an older worker can take a call over.
    """
    return _SESSION.validate_python(data)


_SESSION = TypeAdapter(Session)
