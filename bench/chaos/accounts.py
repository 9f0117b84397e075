"""What is known of a run from outside: what each telephone met, and what the system kept of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Way = Literal["carrier", "direct"]


@dataclass(frozen=True)
class PhoneAccount:
    """One call, as the telephone knows it. Seconds count from its INVITE."""

    caller: str
    """Nobody else calls from this number."""
    way: Way
    invited_at: datetime
    at_seconds: float
    """Of the INVITE, since the first call."""
    answered_seconds: float | None = None
    sound_seconds: float | None = None
    """The first voiced sound."""
    ended_seconds: float | None = None
    ended_by: Literal["us", "peer", "system"] | None = None
    reason: str = ""
    sip_code: int | None = None
    longest_silence_seconds: float = 0.0
    """While the agent had the word: from the answer, or from the end of the caller's words, to its next sound."""
    unheard_seconds: float = 0.0
    """Since the caller's last words, where the call ended before any sound came."""


@dataclass(frozen=True)
class Kept:
    """What the system kept, after it had time to settle."""

    records: Sequence[Mapping[str, Any]]
    """The rows of `calls`."""
    consents: Mapping[str, Sequence[str]]
    """The answers of each call, in their order."""
    recordings: Sequence[Mapping[str, Any]]
    requests: Mapping[str, Sequence[Mapping[str, Any]]]
    """What each call's caller wanted, in the stores of their businesses."""
    events: Mapping[str, Sequence[str]]
    """The keys of each call's events."""
    rooms: Sequence[str]
    """LiveKit's, that are still open."""
    keys: Sequence[str]
    """Redis's, of calls."""
    spooled: Sequence[str]
    """Files of the spools that still hold something."""
    refused: Sequence[str]
    """Lines that no store will ever take."""
    carried: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """The carrier's own account by the caller's number; empty where the carrier has lost its memory."""
