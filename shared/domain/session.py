"""The live state of a call, saved to Redis after each turn (OP-21 … OP-34)."""

from dataclasses import dataclass, field
from typing import Any

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
