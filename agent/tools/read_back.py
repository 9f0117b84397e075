"""Decides what a tool's wish to write a row comes to: read it back, wait, or nothing more (PT-64). Pure."""

from dataclasses import dataclass
from typing import Any

from shared.domain.conversation import Conversation, RequestTaken
from shared.domain.language.text import sound_of
from shared.domain.questions import ReadBack


@dataclass(frozen=True)
class Repeated:
    """The same row was taken before."""

    earlier: RequestTaken


@dataclass(frozen=True)
class Wait:
    """Another read-back of this turn is pending: the caller answers that one first."""

    pending: ReadBack


@dataclass(frozen=True)
class Confirm:
    """The caller must hear it, and say yes."""


Decision = Repeated | Wait | Confirm


def decide(conversation: Conversation, row_kind: str, fields: dict[str, Any]) -> Decision:
    """Nothing is written on the model's call: that follows from the caller's yes alone (`questions`)."""
    for earlier in conversation.requests:
        # in the turn of the yes the model may repeat its call in other words
        second_call = earlier.at_turn == conversation.caller_turns
        if earlier.row_kind == row_kind and (second_call or same_values(earlier.fields, fields)):
            return Repeated(earlier)
    pending = conversation.read_back
    if pending is not None and pending.at_turn == conversation.caller_turns:
        return Wait(pending)
    return Confirm()


def same_values(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether they sound the same on the telephone; a word more or less doesn't."""

    def plain(fields: dict[str, Any]) -> dict[str, Any]:
        return {name: sound_of(value) if isinstance(value, str) else value for name, value in fields.items()}

    return plain(one) == plain(other)
